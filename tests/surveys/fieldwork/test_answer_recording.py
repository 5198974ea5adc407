import pytest

from surveys.fieldwork.answer_recording import record_answers
from surveys.fieldwork.queries import response_state
from surveys.instrument.routing import AnswerValue
from surveys.models import Answer, AnswerVersion
from tests.support.answers import correct_answers
from tests.support.builders import NOW, chose, make_organization, make_response, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_an_answer_has_versions_and_a_history() -> None:
    response = make_response(make_wave(), make_organization(), "engineer", {"COUNT": percent(3)})

    same = record_answers(response, {"COUNT": percent(3)}, at=NOW)
    changed = record_answers(response, {"COUNT": percent(4)}, at=NOW)
    cleared = record_answers(response, {"COUNT": AnswerValue()}, at=NOW)

    assert (same.saved, changed.saved, cleared.saved) == ({"COUNT": 1}, {"COUNT": 2}, {"COUNT": 3})
    assert not Answer.objects.filter(response=response).exists()
    history = AnswerVersion.objects.filter(response=response).order_by("version")
    assert list(history.values_list("version", "number")) == [(1, 3), (2, 4), (3, None)]


def test_one_wrong_answer_loses_no_other() -> None:
    response = make_response(make_wave(), make_organization(), "engineer")

    recorded = record_answers(
        response,
        {"COUNT": percent(3), "A-R": percent(101), "I-R": chose("maybe"), "NOPE": percent(1)},
        at=NOW,
    )

    assert recorded.saved == {"COUNT": 1}
    assert recorded.refused == {"A-R": "a whole number from 0 to 100", "I-R": "one of the options shown"}
    assert recorded.not_asked == ["NOPE"]


def test_items_of_another_role_are_not_taken() -> None:
    response = make_response(make_wave(), make_organization(), "executive")

    recorded = record_answers(response, {"A-R": percent(10)}, at=NOW)

    assert (recorded.saved, recorded.not_asked) == ({}, ["A-R"])


def test_one_set_of_answers_routes_its_own_later_items() -> None:
    response = make_response(make_wave(), make_organization(), "engineer")

    opened = record_answers(response, {"I-R": chose("yes"), "KEYS": chose("shared", "own")}, at=NOW)
    closed = record_answers(response, {"I-R": chose("no"), "KEYS": chose("own")}, at=NOW)

    assert opened.saved == {"I-R": 1, "KEYS": 1}
    assert closed.not_asked == ["KEYS"]


def test_routing_is_per_organisation() -> None:
    wave, organization = make_wave(), make_organization()
    executive = make_response(wave, organization, "executive")
    assert "A-C" in {item.code for item in response_state(executive).items}

    make_response(wave, organization, "engineer", {"COUNT": percent(0)})

    assert "A-C" not in {item.code for item in response_state(executive).items}
    assert "I-C" in {item.code for item in response_state(executive).items}


def test_dont_know_about_the_number_keeps_its_items_open() -> None:
    response = make_response(make_wave(), make_organization(), "engineer", {"COUNT": chose("dont-know")})

    assert "A-R" in {item.code for item in response_state(response).items}


def test_text_beside_an_option_is_stored() -> None:
    response = make_response(make_wave(), make_organization(), "engineer", {"I-R": chose("yes")})
    given = AnswerValue(options=("shared", "other"), texts=(("other", "a vault"),))

    record_answers(response, {"KEYS": given}, at=NOW)

    assert response_state(response).own_answers["KEYS"] == given


def test_a_correction_clears_answers_missing_in_the_source() -> None:
    response = make_response(
        make_wave(), make_organization(), "engineer", {"COUNT": percent(3), "I-R": chose("no")}, submit=True
    )

    correct_answers(response, {"COUNT": percent(5)}, at=NOW)

    assert response_state(response).own_answers == {"COUNT": percent(5)}
