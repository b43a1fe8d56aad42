"""A small notice, small worlds, and what the reference evaluator makes of them."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta

from seloste.notice import read_notice
from seloste.policy.reference import Judge, World
from seloste.policy.reference import world as w

NOTICE = """
notice: {{key: small, title: {{fi: Pieni}}, in_force_from: {begins}, in_force_until: {ends}}}
controllers: {{a: {{name: A}}, b: {{name: B}}, far: {{name: F}}}}
arrangement: [{{kind: joint, members: [a, b]}}, {{kind: separate, members: [far]}}]
subject_groups:
  person: {{name: {{fi: henkilö}}, kinds: [person]}}
  firm: {{name: {{fi: yritys}}, kinds: [organisation]}}
retention: {{relation: {{ends_relation: yes}}, contacts: {{}}}}
categories:
  name: {{name: {{fi: nimi}}, retention: contacts, held_in: {{subject: [id]}}}}
  phone: {{name: {{fi: puhelin}}, retention: contacts, channels: [phone, sms], held_in: {{"contact_point[phone]": [id]}}}}
  address: {{name: {{fi: osoite}}, retention: relation, channels: [letter], address_bearing: yes, held_in: {{address: [id]}}}}
  agreements: {{name: {{fi: sopimus}}, retention: relation, held_in: {{agreement: [id]}}}}
interests:
  fresh: {{name: {{fi: etu}}, balancing_test: {{review_by: 2026-06-01, on_lapse: stop}}}}
  graced: {{name: {{fi: etu}}, balancing_test: {{review_by: 2026-06-01, on_lapse: alarm_with_grace, grace_days: 10}}}}
  undated: {{name: {{fi: etu}}}}
consents:
  plain: {{purpose: study}}
  ended: {{purpose: study, valid_until: 2026-06-01}}
  offers: {{purpose: marketing, channels: [letter, email]}}
roles: {{clerk: {{name: {{fi: virkailija}}}}}}
purposes:
  p:
    name: {{fi: p}}
    controllers: [a, b]
    subject_groups: [person, firm]
    categories: [name, phone, address, agreements]
    roles: [clerk]
    bases: [{basis}]
    {more}
  study: {{name: {{fi: s}}, controllers: [a], bases: [{{kind: consent, consents: [plain, ended]}}], marketing: yes, subject_groups: [person], categories: [name], roles: [clerk]}}
  marketing: {{name: {{fi: m}}, controllers: [a], bases: [{{kind: consent, consents: [offers]}}], marketing: yes, channels: [letter, email, sms], subject_groups: [person], categories: [name, address, phone], roles: [clerk]}}
"""
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NAMES = {
    w.Status: "statuses", w.Representation: "representations", w.Turvakielto: "turvakiellot",
    w.Period: "periods", w.Preparation: "preparations", w.Party: "parties", w.Consent: "consents", w.Ban: "bans",
    w.Objection: "objections", w.Restriction: "restrictions", w.Receivable: "receivables",
    w.Erasure: "erasures", w.Merge: "merges", w.Row: "rows", w.Subject: "subjects",
}  # fmt: skip
ME, OTHER, FIRM = 1, 2, 3
CONTRACT = "{kind: contract, tail: P6M}"
DUTY = "{kind: legal_obligation, while: always}"
INTEREST = "{kind: legitimate_interest, interest: undated, while: always}"


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def judge(basis: str = DUTY, more: str = "", begins: str = "unknown", ends: str = "2090-01-01") -> Judge:
    text = NOTICE.format(basis=basis, more=more, begins=begins, ends=ends)
    return Judge(read_notice(text.encode()))


def world(*facts: object) -> World:
    people = (
        w.Subject(ME, "a", "person"),
        w.Subject(OTHER, "a", "person"),
        w.Subject(FIRM, "a", "organisation"),
    )
    found: dict[str, list] = {name: [] for name in NAMES.values()}
    found["subjects"] = list(people)
    for fact in facts:
        found[NAMES[type(fact)]].append(fact)
    assert set(found) == {one.name for one in fields(World)}
    return World(**{name: tuple(values) for name, values in found.items()})


def fact(
    kind: type,
    /,
    subject: int = ME,
    recorded: str = "2020-01-01",
    superseded: str | None = None,
    **values: object,
):
    """A fact; values that look like days are moments, and one that lasts does so from long ago."""
    moments = {
        name: day(value) if isinstance(value, str) and value[:2] == "20" else value
        for name, value in values.items()
    }
    names = {one.name for one in fields(kind)}
    if "valid_from" in names:
        moments.setdefault("valid_from", LONG_AGO)
    if kind is w.Period:
        moments.setdefault("requested_at", moments["valid_from"])
    defaults = {
        "controller": "a",
        "kind": "sale",
        "agreement_id": 7,
        "claimed_at": LONG_AGO,
        "due_at": LONG_AGO,
        "channel": None,
    }
    for name in names & set(defaults):
        moments.setdefault(name, defaults[name])
    known = {"recorded_at": day(recorded), "superseded_at": day(superseded) if superseded else None}
    return kind(id=1, subject_id=subject, **known, **moments)


def told(
    judge: Judge,
    *facts: object,
    at: str = "2026-03-01",
    purpose: str = "p",
    channel: str | None = None,
    of: int = ME,
    known: str | None = None,
) -> str:
    question = next(q for q in judge.questions if q.purpose == purpose and q.channel == channel)
    return judge.reason(world(*facts), question, of, day(at), day(known) if known else None)


def days(judge: Judge, *facts: object, **how: str) -> list[tuple[str, str]]:
    """The days on which the answer becomes another, and which."""
    question = next(q for q in judge.questions if q.purpose == how.get("purpose", "p"))
    here = world(*facts)
    changes, before = [], judge.reason(here, question, ME, LONG_AGO - timedelta(days=1))
    for moment in judge.boundaries(here.around(ME)):
        reason = judge.reason(here, question, ME, moment)
        if reason is not before and moment > LONG_AGO:
            changes.append((f"{moment:%Y-%m-%d}", str(reason)))
        before = reason
    return changes
