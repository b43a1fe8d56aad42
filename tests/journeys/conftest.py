"""What a journey is told in: `office`, with its staff, and `utility`, with people who were customers; both under the notice of the example."""

from journeys.office import made, office
from journeys.utility import utility

__all__ = ["made", "office", "utility"]
