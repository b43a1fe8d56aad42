"""The one line of migrations of the register."""
