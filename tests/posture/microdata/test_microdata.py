"""Tests microdata, the only module that reads raw answers: the state that it gives to each answer."""

import pytest
from django.db import transaction

from posture.analysis.answers.wave_data import (
    ANSWERED,
    BLANK,
    DONT_KNOW,
    NO_EVIDENCE,
    NO_RESPONDENT,
    ROUTED_OUT,
)
from posture.microdata import microdata_of
from surveys.instrument.routing import AnswerValue
from surveys.models import Organization, Wave
from tests.support.builders import chose, make_organization, make_response, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def states(wave: Wave) -> dict[str, str]:
    data = microdata_of(wave.pk).data
    return {code: column.entry(0).state for code, column in data.columns.items()}


def test_every_item_of_every_organisation_has_a_state() -> None:
    wave = make_wave()
    acme = make_organization()
    make_response(
        wave,
        acme,
        "engineer",
        {"COUNT": percent(4), "A-R": chose("none"), "I-R": chose("dont-know")},
        submit=True,
    )
    assert states(wave) == {
        "COUNT": ANSWERED,
        "A-C": NO_RESPONDENT,
        "A-R": NO_EVIDENCE,
        "I-C": NO_RESPONDENT,
        "I-R": DONT_KNOW,
        "KEYS": ROUTED_OUT,
    }


def test_skipped_is_not_no() -> None:
    wave = make_wave()
    acme = make_organization()
    make_response(wave, acme, "executive", {}, submit=True)
    make_response(wave, acme, "engineer", {"COUNT": percent(0)}, submit=True)
    item_states = states(wave)
    assert item_states["A-C"] == item_states["A-R"] == ROUTED_OUT
    assert item_states["I-C"] == item_states["I-R"] == BLANK


def test_zero_is_a_number_and_missing_is_not() -> None:
    wave = make_wave()
    make_response(wave, make_organization(), "engineer", {"COUNT": percent(0)}, submit=True)
    make_response(wave, make_organization("initech"), "engineer", {}, submit=True)
    numbers = microdata_of(wave.pk).data.item("COUNT").number
    assert numbers[0] == 0
    assert numbers[1] != numbers[1], "NaN"


def test_an_answer_behind_a_gate_that_closed_later_is_not_counted() -> None:
    wave = make_wave()
    acme = make_organization()
    make_response(wave, acme, "executive", {"A-C": percent(70)}, submit=True)
    make_response(wave, acme, "engineer", {"COUNT": percent(0)}, submit=True)
    entry = microdata_of(wave.pk).data.item("A-C").entry(0)
    assert entry.state == ROUTED_OUT
    assert entry.number != entry.number, "NaN"


@pytest.mark.parametrize(
    ("address", "is_same"), [("Boss@acme.example ", True), ("other@acme.example", False)]
)
def test_one_person_in_two_roles_is_known_by_the_address(address: str, is_same: bool) -> None:
    wave = make_wave()
    acme = make_organization()
    make_response(wave, acme, "executive", {"A-C": percent(70)}, submit=True, address="boss@acme.example")
    make_response(
        wave,
        acme,
        "engineer",
        {"COUNT": percent(9), "A-R": percent(70)},
        submit=True,
        address=address.strip(),
    )
    data = microdata_of(wave.pk).data
    people = [data.item(code).entry(0).informant for code in ("A-C", "A-R")]
    assert bool(people[0] == people[1]) is is_same


def test_no_name_address_or_text_of_a_respondent_is_read() -> None:
    wave = make_wave()
    answers = {
        "I-R": chose("yes"),
        "KEYS": AnswerValue(options=("other",), texts=(("other", "our secret vault"),)),
    }
    make_response(
        wave, make_organization("acme"), "engineer", answers, submit=True, address="jo@acme.example"
    )
    data = microdata_of(wave.pk).data
    entries = [column.entry(0) for column in data.columns.values()]
    content = repr((data.units.tolist(), data.segments, data.columns, entries))
    for private in ("secret vault", "jo@acme.example", "Acme", "acme"):
        assert private not in content


def digest_of_one_organization(
    sector: str = "healthcare", *, number: int = 70, basis: str = "exported", address: str = "a@b.example"
) -> str:
    """Returns the digest of one organisation with a fixed key; the transaction is rolled back."""
    with transaction.atomic():
        wave = make_wave()
        acme = Organization.objects.create(pk=4711, name="Acme", slug="acme", sector=sector)
        make_response(wave, acme, "executive", {"A-C": percent(60)}, submit=True, address="a@b.example")
        answers = {"COUNT": percent(9), "A-R": percent(number, basis)}
        make_response(wave, acme, "engineer", answers, submit=True, address=address)
        digest = microdata_of(wave.pk).digest
        transaction.set_rollback(True)
    return digest


def test_the_digest_changes_with_every_counted_value() -> None:
    changed = [
        digest_of_one_organization("retail"),
        digest_of_one_organization(number=71),
        digest_of_one_organization(number=0),
        digest_of_one_organization(basis="estimated"),
        digest_of_one_organization(basis=""),
        digest_of_one_organization(address="c@d.example"),
    ]
    assert digest_of_one_organization() == digest_of_one_organization()
    assert len({digest_of_one_organization(), *changed}) == 1 + len(changed)


def test_the_digest_is_the_same_on_every_database() -> None:
    """This test runs on SQLite and on PostgreSQL; the keys of answers and responses differ there."""
    assert digest_of_one_organization() == "2e2ee6bc2627785629338d1ce903d6f6541283cdfc7556b7585aec1067023a18"
