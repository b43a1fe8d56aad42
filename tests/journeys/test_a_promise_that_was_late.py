"""A promise that was late: made in a call, handed over, forgotten, seen by the operator, kept at last."""

from datetime import timedelta

import pytest

from journeys.office import DAY, NOW
from seloste.kernel.periods import FINLAND

TODAY = NOW.astimezone(FINLAND).date()
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture(scope="module")
def eero(office):
    return office.person("Eero", "Esimerkki", company="sahkolaitos", street="Esimerkkitie 3")


@pytest.fixture(scope="module")
def promise(office, eero):
    """Three days ago a clerk promised that the billing team looks at an invoice by yesterday."""
    from seloste.register.interactions.operations import Contact, Todo, add_task, record

    with office.acting("customer_service", "service"):
        call = record(eero, Contact("phone", "in", "invoice"), at=NOW - 3 * DAY)
    with office.acting("customer_service", "service", call.reason):
        made = add_task(
            eero,
            Todo("promise", "billing", YESTERDAY, origin=call.case_id),
            at=NOW - 3 * DAY,
            text="Tarkistakaa toukokuun lasku ja soittakaa Eerolle.",
        )
    return made.pk


def test_the_team_sees_it_among_its_work_and_when_it_is_late(office, promise):
    from seloste.register.interactions.queries import task, waiting

    with office.acting("billing", "billing"):
        [mine] = [each for each in waiting(YESTERDAY, team="billing").found if each.key == promise]
        assert not mine.is_late, "its day is not over yet"
        [mine] = [each for each in waiting(TODAY, team="billing", late=True).found if each.key == promise]
        assert mine.is_late
        opened = task(promise, TODAY)
        assert opened is not None
        assert opened.texts[0].text.startswith("Tarkistakaa")


def test_another_companys_team_and_the_other_side_of_the_wall_do_not(office, promise):
    from seloste.register.interactions.queries import waiting

    for company in ("vera", "sahkoverkko"):
        with office.acting("billing", "billing", company=company):
            assert promise not in [each.key for each in waiting(TODAY, team="billing").found], company


def test_the_operator_is_told_how_many_are_late_and_nothing_else(office, promise):
    from seloste.project.status import work
    from seloste.project.status.told import Site

    [check] = work.CHECKS
    told = check.ask(Site(None, office.cluster, office.admin, NOW))
    assert told.state == "attention"
    assert "tasks are late" in told.why("en")
    assert "Eero" not in told.why("fi") + told.why("en")
    before = check.ask(Site(None, office.cluster, office.admin, NOW - 2 * DAY))
    assert before.state == "ok"


def test_two_of_the_team_take_it_at_once_and_one_is_told(office, promise):
    from seloste.register.interactions.operations import hand_over, require_task
    from seloste.register.protection.once import ChangedMeanwhile

    with office.acting("billing", "billing"):
        read = require_task(promise)
        hand_over(promise, "billing", username="billing.sahkolaitos", expected=read.changed_at)
    with office.acting("billing", "billing"), pytest.raises(ChangedMeanwhile):
        hand_over(promise, "billing", expected=read.changed_at)


def test_it_is_kept_at_last_and_stays_known_as_late(office, eero, promise):
    from seloste.register.interactions.operations import AlreadyDone, finish, require_task
    from seloste.register.interactions.queries import waiting
    from seloste.register.protection.actors import ReasonClosed

    with office.acting("billing", "billing"):
        done = finish(promise, at=NOW)
        assert done.done_at.astimezone(FINLAND).date() > done.due_date
        with pytest.raises(AlreadyDone):
            finish(promise, at=NOW)
        assert promise not in [each.key for each in waiting(TODAY, team="billing").found]
        reason = f"task:{require_task(promise).case_id}"
    with pytest.raises(ReasonClosed), office.acting("billing", "billing", reason):
        pass


def test_once_eeros_address_is_protected_a_task_names_none(office, eero):
    """What was written with an address closes; what is written now is refused with where it stands."""
    from seloste.register.interactions.operations import AddressProtected, Todo, add_task
    from seloste.register.interactions.queries import task
    from seloste.register.subjects.operations import set_turvakielto

    with office.acting("customer_service", "service"):
        visit = add_task(
            eero,
            Todo("other", "customer_service", TODAY),
            at=NOW,
            text="Käynti: Esimerkkitie 3, ovikoodi kysyttävä.",
        )
        assert len(task(visit.pk, TODAY).texts) == 1
        set_turvakielto(eero, at=NOW)
    with office.acting("customer_service", "service"):
        assert task(visit.pk, TODAY).texts == ()
        with pytest.raises(AddressProtected):
            add_task(eero, Todo("other", "customer_service", TODAY), at=NOW, text="Esimerkkikatu 5")
    with office.acting("customer_service", "agreements"):
        assert len(task(visit.pk, TODAY).texts) == 1, "the purpose with the right"
    with office.acting("register_contact", "rights") as rights:
        assert "Esimerkkitie 3" in str(rights.see(eero)["visible"]["task_addresses"])
    with office.acting("customer_service", "service") as service:
        assert "Esimerkkitie" not in str(service.see(eero))
