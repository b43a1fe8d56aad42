"""Django's settings, as far as the register needs Django; databases come from `wiring`."""

from __future__ import annotations

BACKEND = "seloste.register.protection.backend"
"""The backend of `default`, whose errors show no values; each purpose has an alias of its own."""

DATABASE_ROUTERS = ["seloste.register.protection.backend.router.PurposeRouter"]
INSTALLED_APPS = ["seloste.register"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "fi"
SECRET_KEY = "nothing is signed"  # noqa: S105 - required by Django, and no part of it that signs is used

# The app `django.contrib.postgres` would query the catalogue on every new connection for
# types that are not used here; its fields and constraints work without it.
SILENCED_SYSTEM_CHECKS = ["postgres.E005"]

ROOT_URLCONF = "seloste.project.urls"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # refuses a request under a name that is not ours, before any view
    "django.middleware.common.CommonMiddleware",
]
APPEND_SLASH = False
ALLOWED_HOSTS: list[str] = []
