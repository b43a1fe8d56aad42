"""Persons and organisations, and what is known of each."""
