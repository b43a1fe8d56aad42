"""The reference evaluator: the same answers as PostgreSQL's, from first principles and on plain lists.

It is written to be obviously right and shares nothing with the compiler. Tests make the two agree.
"""

from .judge import Judge
from .questions import Question
from .world import Row, World

__all__ = ["Judge", "Question", "Row", "World"]
