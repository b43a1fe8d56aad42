"""An agreement was opened at the neighbour's meter: it is undone as if it had never been, and opened at the right one."""

from __future__ import annotations

from journeys.utility import NOW, day


def test_it_is_undone_and_what_was_billed_on_it_is_found(utility):
    from seloste.kernel.addresses import PostalAddress
    from seloste.register.agreements.operations import cancel_agreement
    from seloste.register.agreements.queries import left_behind

    kalle, partner = utility.customer("Kalle", "Virheellinen"), utility.customer("Kaisa", "Virheellinen")
    home = PostalAddress("Rivitalo 4 A", "33700", "Tampere")
    wrong = utility.moves_in(kalle, home, since=day(-60), parties=[partner])
    for number, due in (("L-ENNEN", -70), ("L-1", -30), ("L-2", 5)):
        utility.admin.execute(
            "INSERT INTO register.receivable (number, subject_id, controller, agreement_id, amount_cents, due_at, state, valid_from)"
            " VALUES (%s, %s, 'vera', %s, 4200, %s, 'open', %s)",
            [f"{number}-{kalle}", kalle, wrong.pk, day(due), day(-80)],
        )
    since = day(-60)

    # the clerk's purpose does not read receivables: it says that somebody who does must look
    with utility.clerk():
        left = left_behind(wrong.pk, since=since)
        cancel_agreement(wrong.pk, at=NOW)
    assert [(each.kind, each.subject_id) for each in left.found] == [("parties", partner)]
    assert left.unasked == ("receivables", "contacts")

    # bookkeeping lists what was billed, from the first moment on and not before, though no agreement is left
    with utility.acting("bookkeeping", role="bookkeeper", reason=utility.task):
        left = left_behind(wrong.pk, since=since)
    assert [(each.key, each.state) for each in left.found] == [
        (f"L-1-{kalle}", "open"),
        (f"L-2-{kalle}", "open"),
    ]
    assert left.unasked == ("parties", "contacts", "tasks")

    # the neighbour's meter is free for the neighbour, for the whole time
    neighbour = utility.customer("Nelli", "Naapuri")
    gsrn = utility.one("SELECT gsrn FROM register.metering_point WHERE id = %s", wrong.metering_point_id)
    utility.moves_in(
        neighbour, PostalAddress("Rivitalo 4 B", "33700", "Tampere"), since=day(-60), number=gsrn
    )
    right = utility.moves_in(kalle, home, since=day(-60))
    assert utility.holders(wrong.metering_point_id) == [(neighbour, day(-60), None)]
    assert utility.holders(right.metering_point_id) == [(kalle, day(-60), None)]


def test_both_times_are_kept(utility):
    """Known now it was never in force; known before the correction it was."""
    from seloste.kernel.addresses import PostalAddress
    from seloste.register.agreements.operations import cancel_agreement

    kalle = utility.customer("Kerttu", "Korjattu")
    wrong = utility.moves_in(kalle, PostalAddress("Rivitalo 9", "33700", "Tampere"), since=day(-60))
    with utility.clerk():
        cancel_agreement(wrong.pk, at=NOW)
    periods = utility.all(
        "SELECT valid_until > valid_from OR valid_until IS NULL, superseded_at IS NULL, end_reason"
        " FROM register.agreement_period WHERE agreement_id = %s ORDER BY id",
        wrong.pk,
    )
    assert periods == [(True, False, None), (False, True, "cancelled")]
    assert [about for about, _, _ in utility.letters(wrong.pk)] == ["moved_in", "cancelled"]
