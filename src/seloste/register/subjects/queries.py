"""Whether a purpose sees a subject at all."""

from __future__ import annotations

from seloste.register.protection.refusals import NotInPurpose

from .models import Subject


class UnknownSubject(NotInPurpose):
    """For this purpose there is no such subject: it may be nobody, or somebody it does not reach."""


def require_subject(subject_id: int) -> Subject:
    """This will open a subject, or say in one and the same way that it is unknown or out of reach.

    Raises: UnknownSubject. Law: GDPR 5(1)(f), 25.
    """
    if subject := Subject.objects.filter(pk=subject_id).first():
        return subject
    raise UnknownSubject(
        "for this purpose there is no such subject: check the key, or ask the register contact"
    )
