from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from surveys.fieldwork import fieldwork
from surveys.fieldwork.queries import participation_of, standing_of
from surveys.instrument.routing import Given
from surveys.models import Answer, AnswerVersion, Invitation, Response
from tests.support.builders import NOW, chose, make_organization, make_response, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_the_token_is_stored_only_as_its_hash() -> None:
    invitation, token = fieldwork.invite(
        make_organization(), wave=make_wave(), role="executive", address="a@b.example", at=NOW
    )

    assert token not in str(vars(Invitation.objects.get(pk=invitation.pk)))
    assert fieldwork.invitation_for(token, at=NOW) == invitation


@pytest.mark.parametrize("token", ["", "wrong", "x" * 500])
def test_an_unknown_token_opens_nothing(token: str) -> None:
    with pytest.raises(fieldwork.InvitationGone):
        fieldwork.invitation_for(token, at=NOW)


def test_a_revoked_or_expired_token_opens_nothing() -> None:
    wave, organization = make_wave(), make_organization()
    revoked, first = fieldwork.invite(organization, wave=wave, role="executive", address="", at=NOW)
    fieldwork.revoke(revoked, at=NOW)
    _, second = fieldwork.invite(organization, wave=wave, role="executive", address="", at=NOW)

    for token, at in ((first, NOW), (second, wave.closes_at)):
        with pytest.raises(fieldwork.InvitationGone):
            fieldwork.invitation_for(token, at=at)


def test_a_second_invitation_replaces_the_first_until_it_is_answered() -> None:
    wave, organization = make_wave(), make_organization()
    first, _ = fieldwork.invite(organization, wave=wave, role="executive", address="", at=NOW)
    second, _ = fieldwork.invite(organization, wave=wave, role="executive", address="", at=NOW)
    fieldwork.open_response(second, at=NOW)

    assert Invitation.objects.get(pk=first.pk).revoked_at == NOW
    with pytest.raises(fieldwork.AlreadySubmitted):
        fieldwork.invite(organization, wave=wave, role="executive", address="", at=NOW)


def test_the_database_refuses_two_informants_for_a_role() -> None:
    wave, organization = make_wave(), make_organization()
    fieldwork.invite(organization, wave=wave, role="executive", address="", at=NOW)

    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(
            organization=organization,
            wave=wave,
            role="executive",
            token_hash="0" * 64,
            created_at=NOW,
            expires_at=NOW,
        )


def test_an_answer_has_versions_and_a_history() -> None:
    response = make_response(make_wave(), make_organization(), "engineer", {"COUNT": percent(3)})

    same = fieldwork.record_answers(response, {"COUNT": percent(3)}, at=NOW)
    changed = fieldwork.record_answers(response, {"COUNT": percent(4)}, at=NOW)
    cleared = fieldwork.record_answers(response, {"COUNT": Given()}, at=NOW)

    assert (same.saved, changed.saved, cleared.saved) == ({"COUNT": 1}, {"COUNT": 2}, {"COUNT": 3})
    assert not Answer.objects.filter(response=response).exists()
    history = AnswerVersion.objects.filter(response=response).order_by("version")
    assert list(history.values_list("version", "number")) == [(1, 3), (2, 4), (3, None)]


def test_one_wrong_answer_loses_no_other() -> None:
    response = make_response(make_wave(), make_organization(), "engineer")

    recorded = fieldwork.record_answers(
        response,
        {"COUNT": percent(3), "A-R": percent(101), "I-R": chose("maybe"), "NOPE": percent(1)},
        at=NOW,
    )

    assert recorded.saved == {"COUNT": 1}
    assert recorded.refused == {"A-R": "a whole number from 0 to 100", "I-R": "one of the options shown"}
    assert recorded.not_asked == ["NOPE"]


def test_items_of_another_role_are_not_taken() -> None:
    response = make_response(make_wave(), make_organization(), "executive")

    recorded = fieldwork.record_answers(response, {"A-R": percent(10)}, at=NOW)

    assert (recorded.saved, recorded.not_asked) == ({}, ["A-R"])


def test_one_set_of_answers_routes_its_own_later_items() -> None:
    response = make_response(make_wave(), make_organization(), "engineer")

    opened = fieldwork.record_answers(response, {"I-R": chose("yes"), "KEYS": chose("shared", "own")}, at=NOW)
    closed = fieldwork.record_answers(response, {"I-R": chose("no"), "KEYS": chose("own")}, at=NOW)

    assert opened.saved == {"I-R": 1, "KEYS": 1}
    assert closed.not_asked == ["KEYS"]


def test_routing_is_per_organisation() -> None:
    wave, organization = make_wave(), make_organization()
    executive = make_response(wave, organization, "executive")
    assert "A-C" in {item.code for item in standing_of(executive).items}

    make_response(wave, organization, "engineer", {"COUNT": percent(0)})

    assert "A-C" not in {item.code for item in standing_of(executive).items}
    assert "I-C" in {item.code for item in standing_of(executive).items}


def test_dont_know_about_the_number_keeps_its_items_open() -> None:
    response = make_response(make_wave(), make_organization(), "engineer", {"COUNT": chose("dont-know")})

    assert "A-R" in {item.code for item in standing_of(response).items}


def test_words_beside_an_option_come_back() -> None:
    response = make_response(make_wave(), make_organization(), "engineer", {"I-R": chose("yes")})
    given = Given(options=("shared", "other"), texts=(("other", "a vault"),))

    fieldwork.record_answers(response, {"KEYS": given}, at=NOW)

    assert standing_of(response).own["KEYS"] == given


def test_after_submission_nothing_changes() -> None:
    response = make_response(make_wave(), make_organization(), "engineer", {"COUNT": percent(3)}, submit=True)

    with pytest.raises(fieldwork.AlreadySubmitted):
        fieldwork.record_answers(response, {"COUNT": percent(4)}, at=NOW)
    assert standing_of(response).own["COUNT"] == percent(3)


def test_submitting_twice_gives_the_same_receipt() -> None:
    response = make_response(make_wave(), make_organization(), "engineer")

    first = fieldwork.submit_response(response, at=NOW)

    assert fieldwork.submit_response(response, at=NOW + timedelta(hours=1)) == first
    assert Response.objects.get(pk=response.pk).submitted_at == NOW


def test_a_closed_wave_takes_nothing() -> None:
    wave = make_wave()
    response = make_response(wave, make_organization(), "engineer")
    fieldwork.close_wave(wave, at=NOW)

    with pytest.raises(fieldwork.WaveClosed):
        fieldwork.record_answers(response, {"COUNT": percent(4)}, at=NOW)
    with pytest.raises(fieldwork.WaveClosed):
        fieldwork.submit_response(response, at=NOW)


def test_the_report_waits_for_whoever_is_asked_for_beliefs() -> None:
    wave, organization = make_wave(), make_organization()
    make_response(wave, organization, "engineer", {"COUNT": percent(3)}, submit=True)
    executive = make_response(wave, organization, "executive")
    before = participation_of(organization, wave.slug, at=NOW)

    fieldwork.submit_response(executive, at=NOW)
    after = participation_of(organization, wave.slug, at=NOW)

    assert before is not None
    assert after is not None
    assert (before.may_read, after.may_read) == (False, True)


def test_correcting_clears_what_the_source_no_longer_says() -> None:
    response = make_response(
        make_wave(), make_organization(), "engineer", {"COUNT": percent(3), "I-R": chose("no")}, submit=True
    )

    fieldwork.correct_answers(response, {"COUNT": percent(5)}, at=NOW)

    assert standing_of(response).own == {"COUNT": percent(5)}
