"""A folder a system that data come from or go to; each implements a port of the register."""
