"""What a journey is told in: `office`, the register under the notice of the example, with its staff."""

from journeys.office import made, office

__all__ = ["made", "office"]
