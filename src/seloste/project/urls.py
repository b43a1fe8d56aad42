"""What the web server answers."""

from __future__ import annotations

from django.urls import path

from .serve import healthz

urlpatterns = [path("healthz", healthz)]
