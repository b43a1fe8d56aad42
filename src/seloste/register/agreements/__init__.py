"""Agreements, their parties and their metering points."""
