"""Tests the release of a published survey: it gives the counts of the published file, and shows the publisher's
printed figures with the differences."""

import re

import pytest
from django.core.management import call_command
from django.test import Client
from pytest import approx

from posture.models import Release
from posture.releases.lifecycle import compute_release, publish_release, request_release
from posture.releases.recomputation import recompute
from surveys.models import Wave
from tests.support.builders import NOW, make_user
from tests.surveys.imports.test_importer import MAPPING, REAL_FILE

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]

COUNTED = {
    "image-scanning": (59, 68),
    "policy-as-code": (35, 68),
    "runtime-protection": (31, 68),
    "infrastructure-as-code-scanning": (28, 68),
    "incident-not-disclosed": (22, 46),
    "secure-defaults-wanted": (61, 71),
    "paper-read-0-to-24": (38, 71),
    "paper-read-75-to-100": (14, 71),
}


@pytest.fixture
def release() -> Release:
    call_command("load_definitions", verbosity=0)
    call_command("import_responses", REAL_FILE, mapping=MAPPING, verbosity=0)
    analyst = make_user("analyst", is_staff=True)
    requested = request_release(Wave.objects.get(slug=MAPPING).pk, by=analyst, at=NOW)
    compute_release(requested.pk, at=NOW)
    publish_release(requested, by=analyst, at=NOW)
    return Release.objects.get(pk=requested.pk)


def test_the_release_gives_the_counts_of_the_file(release: Release) -> None:
    rows = release.estimates.filter(subject_kind="indicator", statistic="share", cohort="all")
    found = {
        row.subject: (round((row.value or 0) * (row.base or 0)), row.base) for row in rows if not row.bound
    }
    assert found == COUNTED
    shares = {row.subject: row.value for row in rows}
    assert shares["image-scanning"] == approx(59 / 68, abs=1e-12)


def test_suppression_leaves_nearly_all_numbers(release: Release) -> None:
    """Of 49 shares 39 are exact and ten are ranges; of the limits, those of "ransomware" are withheld. The required
    minimum is a tenth lower."""
    floors = {
        ("item", "share"): (35, 45),
        ("indicator", "share"): (8, 9),
        ("indicator", "share_with_dont_know"): (8, 9),
        ("indicator", "lowest_possible"): (8, 8),
        ("indicator", "highest_possible"): (8, 8),
        ("indicator", "lowest_possible_of_all"): (8, 8),
        ("indicator", "highest_possible_of_all"): (8, 8),
        ("item", "nonresponse"): (0, 9),
    }
    rows = release.estimates.filter(cohort="all")
    assert rows.filter(subject_kind="item", statistic="share").count() == 49
    for (kind, statistic), (exact, told) in floors.items():
        published = rows.filter(subject_kind=kind, statistic=statistic, status="published")
        assert published.count() >= told, (kind, statistic)
        assert published.filter(bound="").count() >= exact, (kind, statistic)


def test_two_of_46_are_told_as_at_most_three(release: Release) -> None:
    """A reader who knows of two must not know of all others. The interval extends from Wilson's for 0 of 46 to that
    for 3 of 46."""
    row = release.estimates.get(subject="ransomware", statistic="share", cohort="all")
    assert (row.bound, row.base, row.value) == ("at_most", 46, approx(3 / 46))
    assert (row.ci_low, row.ci_high) == (approx(0), approx(0.1750, abs=5e-5))
    assert row.se is None


def test_a_fresh_computation_gives_the_same_numbers(release: Release) -> None:
    assert list(recompute(release)) == []


def test_the_publishers_figures_stand_beside_with_their_differences(release: Release) -> None:
    page = Client().get(f"/releases/{release.slug}/published/").content.decode()
    text = re.sub(r"\s+", " ", page.replace("\u202f", " ").replace("\xa0", " "))
    assert "Difference +0.8 points: the printed figure was cut, not rounded." in text
    assert "Difference -1.5 points: the printed figure does not follow from the answers." in text.replace(
        "−", "-"
    )
    assert "Synthetic organisations" not in text
