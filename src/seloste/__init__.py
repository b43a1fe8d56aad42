"""Seloste: the privacy notice is the program."""
