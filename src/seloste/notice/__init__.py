"""The notice: what a register says of itself, read strictly from one file."""

from .places import UnreadableNotice
from .reader import read_notice
from .whole import Notice

__all__ = ["Notice", "UnreadableNotice", "read_notice"]
