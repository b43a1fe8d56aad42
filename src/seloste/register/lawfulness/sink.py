"""What source systems bring about who may not be reached: bans; and bans that outlived what they were about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.register.ledger.queries import KNOWN
from seloste.register.protection.operations import load, notice_in_force, reserve
from seloste.register.sources.claims import brought
from seloste.register.sources.port import Field, Form, WithoutChanges

from .models import Ban
from .operations import suppressed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from seloste.register.sources.port import Chunk, Judged, Takes

CHANNELS = ("letter", "phone", "email", "sms", "all")
TAKES: Takes = {"bans": {channel: Field(Form.FLAG) for channel in CHANNELS}}


class BanSink(WithoutChanges):
    """Takes in bans, whichever system brings them: a no is taken from everybody, and lifted by its subject alone."""

    places: tuple[str, ...] = ("ban",)

    def takes(self) -> Takes:
        """What can be brought of a ban: for each channel, whether it is banned."""
        return TAKES

    def judge(self, _chunk: Chunk) -> Iterator[Judged]:
        """Nothing is wrong with a no."""
        return iter(())

    def write(self, chunk: Chunk) -> None:
        """This will ban what a system says is banned, and what a former owner of a contact point had banned.

        Writes: ban. Law: GDPR 21(2), 21(3), SVPL 200 §. Notice: rights.
        """
        banned = {
            (chunk.subjects[record.key], channel)
            for record, value in chunk.of("bans")
            for channel, told in value.fields.items()
            if told
        }
        brought(chunk, [(record, value, "", True) for record, value in chunk.of("bans")])
        points = [
            (chunk.subjects[record.key], value.category, str(value.fields["value"]))
            for record, value in chunk.of("phone", "email")
        ]
        kept = suppressed(chunk.side, points)
        wanted = banned | kept
        if not wanted:
            return
        subjects = sorted({subject for subject, _ in wanted})
        rows = Ban.objects.filter(KNOWN, subject_id__in=subjects).values_list(
            "subject_id", "channel", "valid_until"
        )
        known = {(subject, channel) for subject, channel, _ in rows}
        closed = {(subject, channel) for subject, channel, until in rows if until is None or until > chunk.at}
        # what was kept from before is not set again where its subject has lifted it since
        new = sorted(
            (subject, channel)
            for subject, channel in wanted
            if not {(subject, channel), (subject, "all")}
            & (closed if (subject, channel) in banned else known)
        )
        if new:
            keys = reserve("ban", len(new))
            load(
                "ban",
                {
                    "id": keys,
                    "subject_id": [subject for subject, _ in new],
                    "channel": [channel for _, channel in new],
                    "valid_from": [chunk.at] * len(new),
                    "notice_hash": [notice_in_force()] * len(new),
                },
            )
            chunk.did("ban", "added", keys)

    def undo(self, _place: str, did: str, keys: Sequence[int], _at: datetime) -> None:
        """This will take back bans that a chunk added."""
        if did == "added":
            Ban.objects.filter(pk__in=list(keys)).delete()
