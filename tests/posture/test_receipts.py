"""The page behind each number: it says what was counted, and a withheld number says nothing."""

import re

import pytest
from django.test import Client

from posture.models import Estimate, Release
from posture.releases import withdraw_release
from tests.builders import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(sown: None, db: None) -> Release:
    return Release.objects.get()


def page(release: Release, estimate: Estimate) -> str:
    answer = Client().get(f"/releases/{release.slug}/numbers/{estimate.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_kind_of_number_has_its_page(release: Release) -> None:
    seen = set()
    for estimate in release.estimates.filter(cohort="all"):
        kind = (estimate.subject_kind, estimate.statistic, estimate.status, estimate.unit)
        if kind not in seen:
            seen.add(kind)
            text = page(release, estimate)
            assert release.data_digest in text
            assert "Among" in text
    assert {kind for kind, *_ in seen} == {"item", "indicator", "pair"}


def test_a_gap_says_what_was_asked_of_whom_and_how_it_was_computed(release: Release) -> None:
    gap = release.estimates.get(subject="INV-P1", statistic="gap", cohort="all")
    text = page(release, gap)
    for part in (
        "INV-C1",
        "INV-R1",
        "Without checking records",
        "two different people",
        "Student",
        f"{gap.base}.",
    ):
        assert part in text


def test_an_indicator_says_what_it_was_set_against(release: Release) -> None:
    text = page(release, release.estimates.get(subject="incident-on-record", cohort="all"))
    assert "Set against" in text
    assert "Gravitee" in text
    assert "With this base" in text


def test_hidden_and_empty_look_alike_and_show_no_number(release: Release) -> None:
    hidden = release.estimates.filter(status="suppressed", subject="INV-P1", statistic="gap")
    texts = {
        re.sub(r"cohort=[^\"]+|<td>[^<]*</td></tr>\s*<tr><th scope=\"row\">Base", "", page(release, one))
        for one in hidden[:3]
    }
    assert len(texts) == 1
    (text,) = texts
    assert "[c]" in text
    assert "Interval" not in text


def test_a_number_belongs_to_its_release(release: Release) -> None:
    estimate = release.estimates.first()
    assert estimate is not None
    assert Client().get(f"/releases/another/numbers/{estimate.pk}/").status_code == 404
    assert Client().get(f"/releases/{release.slug}/numbers/999999999/").status_code == 404
    withdraw_release(release, reason="Wrong.", at=NOW)
    assert Client().get(f"/releases/{release.slug}/numbers/{estimate.pk}/").status_code == 410


def test_the_report_links_to_it(release: Release) -> None:
    gap = release.estimates.get(subject="INV-P1", statistic="gap", cohort="all")
    report = Client().get(f"/releases/{release.slug}/").content.decode()
    assert f"/releases/{release.slug}/numbers/{gap.pk}/" in report
