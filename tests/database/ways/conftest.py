"""The register of the tests of sessions, and its look-up log."""

from database.session.conftest import cluster, log, made

__all__ = ["cluster", "log", "made"]
