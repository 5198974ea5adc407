from datetime import timedelta

import pytest

from surveys.fieldwork.answer_recording import record_answers
from surveys.fieldwork.errors import AlreadySubmitted, WaveClosed
from surveys.fieldwork.queries import response_state
from surveys.fieldwork.responses import submit_response
from surveys.fieldwork.waves import close_wave
from surveys.models import Response
from tests.support.builders import NOW, make_organization, make_response, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_after_submission_nothing_changes() -> None:
    response = make_response(make_wave(), make_organization(), "engineer", {"COUNT": percent(3)}, submit=True)

    with pytest.raises(AlreadySubmitted):
        record_answers(response, {"COUNT": percent(4)}, at=NOW)
    assert response_state(response).own_answers["COUNT"] == percent(3)


def test_submitting_twice_gives_the_same_receipt() -> None:
    response = make_response(make_wave(), make_organization(), "engineer")

    first = submit_response(response, at=NOW)

    assert submit_response(response, at=NOW + timedelta(hours=1)) == first
    assert Response.objects.get(pk=response.pk).submitted_at == NOW


def test_a_closed_wave_takes_nothing() -> None:
    wave = make_wave()
    response = make_response(wave, make_organization(), "engineer")
    close_wave(wave, at=NOW)

    with pytest.raises(WaveClosed):
        record_answers(response, {"COUNT": percent(4)}, at=NOW)
    with pytest.raises(WaveClosed):
        submit_response(response, at=NOW)
