"""Tests that a respondent compares own answers with released numbers only, after submission."""

import pytest
from django.test import Client

from posture.models import Estimate
from posture.releases.lifecycle import compute_release, publish_release, request_release
from posture.releases.wave_cohorts import choose_cohort
from tests.support.builders import NOW, admit, make_organization, make_response, make_user, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]


def test_own_answers_stand_beside_the_released_numbers_of_the_chosen_release() -> None:
    earlier = make_wave(slug="earlier", is_open=False)
    for number in range(12):
        other = make_organization(f"other-{number}")
        make_response(earlier, other, "executive", {"A-C": percent(80)}, submit=True)
        values = {"COUNT": percent(9), "A-R": percent(40 + number)}
        make_response(earlier, other, "engineer", values, submit=True)
    analyst = make_user("analyst", is_staff=True)
    release = request_release(earlier.pk, by=analyst, at=NOW)
    compute_release(release.pk, at=NOW)
    publish_release(release, by=analyst, at=NOW)
    wave, acme = make_wave(), make_organization()
    make_response(wave, acme, "executive", {"A-C": percent(91)}, submit=True)
    response = make_response(wave, acme, "engineer", {"COUNT": percent(9), "A-R": percent(37)}, submit=True)
    client = Client()
    admit(client, response)
    address = f"/respond/{response.public_id}/compared/"
    assert "no published report" in client.get(address).content.decode()
    choose_cohort(wave.pk, release, by=analyst, at=NOW)
    text = client.get(address).content.decode().split("<main")[1].split("</main")[0]
    mean = Estimate.objects.get(release=release, subject="A-R", statistic="mean", cohort="all")
    assert mean.value is not None
    assert mean.get_absolute_url() in text
    assert "37\u202f%" in text
    assert "91\u202f%" not in text


def test_before_submission_nothing_is_compared() -> None:
    response = make_response(make_wave(), make_organization(), "engineer", {"COUNT": percent(9)})
    client = Client()
    admit(client, response)
    answer = client.get(f"/respond/{response.public_id}/compared/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/respond/{response.public_id}/")
