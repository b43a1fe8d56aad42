"""The Django database backend through which the register is reached, one purpose session at a time.

`ENGINE = "seloste.register.protection.backend"` is for the housekeeping login; the connections
of purposes are made by `acting` and exist nowhere in the settings.
"""

import django.db.models  # noqa: F401 - before its backends: Django's imports go in a circle the other way
