"""What was said and promised about an agreement that was undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.register.agreements.port import Dependent

from .models import Interaction, Task

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class Contacts:
    """Contacts that were about an agreement; by key and topic, never by what was said."""

    kind = "contacts"
    table = "interaction"

    def of(self, agreement_id: int, *, since: datetime) -> Iterable[Dependent]:
        """This will list the contacts about an agreement from a moment on."""
        said = Interaction.objects.filter(agreement_id=agreement_id, at__gte=since)
        return [
            Dependent(self.kind, str(each.pk), each.subject_id, each.topic)
            for each in said.order_by("at", "id")
        ]


class Tasks:
    """What is still to be done about an agreement, whenever it was asked for."""

    kind = "tasks"
    table = "task"

    def of(self, agreement_id: int, *, since: datetime) -> Iterable[Dependent]:  # noqa: ARG002 - what waits, waits now
        """This will list the tasks about an agreement that are not done."""
        waits = Task.objects.filter(agreement_id=agreement_id, done_at__isnull=True)
        return [
            Dependent(self.kind, str(each.pk), each.subject_id, each.kind)
            for each in waits.order_by("due_date", "id")
        ]
