"""Where a purpose session may not be opened: where it would leak, or could not be told whose turn it is."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

from seloste.register.protection.backend.gate import current
from seloste.register.protection.refusals import NotInPurpose

if TYPE_CHECKING:
    from types import FrameType


class NestedPurpose(NotInPurpose):
    """A purpose session was opened inside another."""


def refuse_elsewhere(frame: FrameType | None) -> None:
    """This will refuse a session inside another, in an event loop, or in a generator; `frame` is whoever opens it.

    Raises: NestedPurpose, NotInPurpose.
    """
    if current() is not None:
        raise NestedPurpose(
            f"{current()!r} is being acted: purposes do not nest; leave its block first, or do this in a job of its own"
        )
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise NotInPurpose(
            "acting() inside an event loop is refused: put the whole block into a function and await "
            "sync_to_async(function)()"
        )
    while frame is not None:
        if frame.f_globals.get("__name__") != "contextlib":
            suspends = frame.f_code.co_flags & (inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR)
            lent = frame.f_back is not None and frame.f_back.f_globals.get("__name__") == "contextlib"
            if not suspends:
                return
            if not lent:
                raise NotInPurpose(
                    "acting() inside a generator is refused: whoever consumes it would act for the purpose "
                    "between two items; collect the items in a function of its own, then yield them"
                )
        frame = frame.f_back
