"""Where the data subject turns: the contact and the data protection officer.

Law: GDPR 13(1)(a)-(b), 37. Notice: contact, dpo.
"""

from __future__ import annotations

from .parts import Answer, Declared, Text, Texts


class Contact(Declared):
    """Where the data subject turns. Law: GDPR 13(1)(a)-(b)."""

    function: Texts | None = None
    person: Text | None = None
    organisation: Text | None = None
    street: Text | None = None
    postcode: Text | None = None
    city: Text | None = None
    phone: Text | None = None
    email: Text | None = None


class Officer(Contact):
    """The data protection officer, or why there is none. Law: GDPR 37."""

    designated: Answer | None = None
