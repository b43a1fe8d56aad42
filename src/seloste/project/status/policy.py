"""The policy: is a notice in force, does the database obey it, what runs out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from seloste.policy.verify import NothingApplied, verify

from .told import AGAIN, GOES_ON, Check, Told, Words, attention, ok, stopped

if TYPE_CHECKING:
    from .told import Site

SOON = timedelta(days=60)
APPLY = "seloste policy apply FILE"


def _is_applied(site: Site) -> bool:
    return bool(site.one("SELECT to_regclass('policy.notice') IS NOT NULL"))


_NOTHING_TO_ASK = ok("Ei kysyttävää ennen selostetta.", "Nothing to ask before there is a notice.")


def _notice(site: Site) -> Told:
    row = None
    if _is_applied(site):
        row = site.admin.execute(
            "SELECT hash, applied_at, as_published FROM policy.notice WHERE replaced_at IS NULL"
        ).fetchone()
    if not row:
        return stopped(
            "Mikään seloste ei ole voimassa: kukaan ei näe mitään.",
            "No notice is in force: nobody sees anything.",
            APPLY,
            AGAIN,
        )
    hashed, since, as_published = row
    fi = f"Voimassa {hashed[:12]}, otettu käyttöön {since:%d.%m.%Y %H:%M} UTC."
    en = f"In force is {hashed[:12]}, applied {since:%Y-%m-%d %H:%M} UTC."
    if as_published:
        return attention(
            f"{fi} Vain puutteellisen selosteen tukema osa on auki.",
            f"{en} Only what a faulty notice supports is open.",
            "seloste check FILE",
            AGAIN,
        )
    return ok(fi, en)


def _prepared(site: Site) -> Told:
    keys = site.one("SELECT count(*) FROM policy.key WHERE state = 'preparing'") if _is_applied(site) else 0
    applying = site.one(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND state <> 'idle'",
        site.cluster.role("owner"),
    )
    if keys and applying:
        return ok(
            f"Selostetta otetaan käyttöön: {keys} avainta valmisteilla.",
            f"A notice is being applied: {keys} keys are being prepared.",
        )
    if keys:
        return attention(
            f"Käyttöönotto jäi kesken: {keys} avainta valmisteltu, ei vaihdettu. Voimassa oleva seloste pätee.",
            f"An apply did not end: {keys} keys prepared, not switched. The notice in force goes on.",
            APPLY,
            GOES_ON,
        )
    return ok("Ei keskeneräistä käyttöönottoa.", "No apply is unfinished.")


def _verified(site: Site) -> Told:
    try:
        found = verify(site.cluster)
    except NothingApplied:
        return _NOTHING_TO_ASK
    if found.drift:
        kinds = ", ".join(sorted({each.kind for each in found.drift}))
        return stopped(
            f"{len(found.drift)} eroa selosteeseen ({kinds}).",
            f"{len(found.drift)} differences from the notice ({kinds}).",
            "seloste policy verify",
            AGAIN,
        )
    others = f"; {len(found.attested)}" if found.attested else ""
    return ok(
        f"Tietokanta sanoo mitä seloste sanoo: {found.facts} asiaa verrattu"
        f"{others + ' palvelimen omistajan vastuulla' if others else ''}.",
        f"The database says what the notice says: {found.facts} facts compared"
        f"{others + ' left to the owner of the server' if others else ''}.",
    )


def _due(site: Site) -> Told:
    if not _is_applied(site):
        return _NOTHING_TO_ASK
    due, oldest = site.admin.execute(
        "SELECT count(*), min(decided_until) FROM register.subject WHERE decided_until <= statement_timestamp()"
    ).fetchall()[0]
    if due:
        return attention(
            f"{due} vastausta on vanhentunut, vanhin {oldest:%d.%m.%Y %H:%M} UTC; joukoissa ne ovat kiinni siihen asti.",
            f"{due} answers have run out, the oldest {oldest:%Y-%m-%d %H:%M} UTC; in sets they are closed until then.",
            "seloste policy refresh",
            AGAIN,
        )
    return ok("Jokainen vastaus on voimassa.", "Every answer holds.")


def _lapses(site: Site) -> Told:
    if not _is_applied(site):
        return _NOTHING_TO_ASK
    closing = site.admin.execute(
        "SELECT purpose, min(closes_at) FROM policy.key WHERE state = 'in_force' AND closes_at < %s GROUP BY purpose"
        " ORDER BY 2, 1",
        [site.now + SOON],
    ).fetchall()
    trainings, first = site.admin.execute(
        """SELECT count(*), min(until) FROM (
             SELECT t.staff_id, t.training, max(t.valid_until) AS until FROM register.training t
             JOIN register.staff_role r ON r.staff_id = t.staff_id AND (r.valid_until IS NULL OR r.valid_until > %(now)s)
             GROUP BY 1, 2) each WHERE until > %(now)s AND until < %(soon)s""",
        {"now": site.now, "soon": site.now + SOON},
    ).fetchall()[0]
    told_fi = [f"{purpose} {day:%d.%m.%Y}" for purpose, day in closing]
    told_en = [f"{purpose} {day:%Y-%m-%d}" for purpose, day in closing]
    if trainings:
        told_fi.append(f"{trainings} koulutusta, ensimmäinen {first:%d.%m.%Y}")
        told_en.append(f"{trainings} trainings, the first {first:%Y-%m-%d}")
    if not told_en:
        return ok(f"Mikään ei raukea {SOON.days} päivään.", f"Nothing lapses within {SOON.days} days.")
    return attention(
        f"Raukeaa tai on rauennut: {'; '.join(told_fi)}.", f"Lapses, or has lapsed: {'; '.join(told_en)}."
    )


CHECKS = (
    Check("notice", Words("Seloste", "Notice"), _notice),
    Check("apply", Words("Käyttöönotto", "Apply"), _prepared),
    Check("verify", Words("Politiikka", "Policy"), _verified, is_slow=True),
    Check("answers", Words("Vastaukset", "Answers"), _due),
    Check("lapses", Words("Raukeavat", "Lapses"), _lapses),
)
