"""Exports of source systems as CSV and Excel files, read by a mapping that is declared in YAML."""
