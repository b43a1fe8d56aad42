"""Named checks of a notice. A check is one module of this package that holds `CHECK`."""

from .engine import Check, Fault, Finding, Report, check, checks

__all__ = ["Check", "Fault", "Finding", "Report", "check", "checks"]
