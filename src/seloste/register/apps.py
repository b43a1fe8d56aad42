"""The register as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    """One app and one line of migrations for all folders of the register."""

    name = "seloste.register"
    label = "register"
    default_auto_field = "django.db.models.BigAutoField"
