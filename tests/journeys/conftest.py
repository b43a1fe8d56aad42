"""What a journey is told in: `utility`, the companies under the notice of the example, with people who were customers."""

from journeys.utility import utility

__all__ = ["utility"]
