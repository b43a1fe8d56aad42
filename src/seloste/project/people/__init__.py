"""Believable people, companies and cases that belong to nobody: made by rule, without I/O."""
