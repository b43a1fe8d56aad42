"""What a journey is told in: the register under the notice of the example, with its staff.

`office` has people who hold agreements, `utility` companies and people who were their customers.
"""

from journeys.office import made, office
from journeys.utility import utility

__all__ = ["made", "office", "utility"]
