"""Systems in which data are kept.

Law: GDPR 30(1), 32. Notice: systems.
"""

from __future__ import annotations

from pydantic import Field

from .parts import Declared, Flag, Text


class System(Declared):
    """A system in which data are kept, and for what."""

    name: Text
    used_for: tuple[Text, ...] = ()
    service_specific: Flag = False
    provider: Text | None = None
    parent_country: Text | None = Field(None, description="ISO country of the provider's parent.")
