"""What is let out, and what is recorded before it is."""

from __future__ import annotations

import pytest

from seloste.register.protection.refusals import NotInPurpose
from seloste.register.protection.session import acting


def test_one(place, log):
    from seloste.register.models import Subject

    with acting("aino", "service", "call:1") as session:
        found = Subject.objects.get(pk=1)
        assert found.family_name == "Kanarialintu"
        print(session.see(1))
    for e in log.events(): print(e)
