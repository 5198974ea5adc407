"""Tests a release with targets: requested in the studio, computed, and shown with all three bases, or failed with the
reason."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker

from posture.charts.number_text import THIN
from posture.definitions.targets import Targets
from posture.models import Release, TargetSet, WeightDiagnostics
from posture.releases.lifecycle import compute_release, publish_release, request_release
from posture.releases.recomputation import recompute
from posture.stored_definitions.target_sets import save_upload
from surveys.models import Organization, Wave
from tests.support.builders import NOW, make_organization, make_response, make_user, make_wave, percent
from tests.support.module_content import module_content

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]

COUNTS = {"region": {"europe": 40, "north-america": 60}}


@pytest.fixture
def analyst() -> Any:
    return make_user("analyst", is_staff=True)


@pytest.fixture(scope="module")
def answered(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[int]:
    with module_content(django_db_blocker):
        yield answered_wave().pk


@pytest.fixture
def wave(answered: int, db: None) -> Wave:
    return Wave.objects.get(pk=answered)


def answered_wave() -> Wave:
    """16 in Europe believe 50 to 65, 8 in North America 90: means 57.5 and 90."""
    wave = make_wave(is_open=False)
    for number in range(24):
        region = "europe" if number < 16 else "north-america"
        acme = make_organization(f"organization-{number}", sector="healthcare", region=region)
        belief = 50 + number if number < 16 else 90
        make_response(wave, acme, "executive", {"A-C": percent(belief)}, submit=True)
        records = {"COUNT": percent(9), "A-R": percent(50, "exported")}
        make_response(wave, acme, "engineer", records, submit=True)
    return wave


def targets(**margins: dict[str, int]) -> TargetSet:
    found = Targets(
        code="register",
        title="A register",
        population="Organisations of two regions",
        source="A register",
        as_of=NOW.date(),
        vouched_by="The office that keeps it",
        margins=margins or COUNTS,
    )
    return save_upload(found, by=None, at=NOW)


def computed(wave: Wave, analyst: Any, **options: Any) -> Release:
    release = request_release(wave.pk, by=analyst, at=NOW, **options)
    compute_release(release.pk, at=NOW)
    return Release.objects.get(pk=release.pk)


def test_the_mean_is_that_of_the_population_and_all_bases_are_stored(wave: Wave, analyst: Any) -> None:
    """.4 x 57.5 + .6 x 90 = 77, unweighted (16 x 57.5 + 8 x 90) / 24 = 68.3; weights .6 and 1.8."""
    release = computed(wave, analyst, targets=targets())
    row = release.estimates.get(subject="A-P", statistic="belief", cohort="all")
    assert (row.value, row.unweighted_value, row.base, row.weighted_base) == (77, 68, 24, 24)
    assert row.method == "t_jackknife"
    assert 1 <= row.effective_base <= 24
    found = WeightDiagnostics.objects.get(release=release)
    assert found.effective == pytest.approx(24**2 / (16 * 0.6**2 + 8 * 1.8**2))
    assert (found.solver, found.warns, found.largest) == ("raking", False, pytest.approx(1.8))
    assert not list(recompute(release))


def test_without_targets_nothing_is_weighted_and_the_page_says_so(wave: Wave, analyst: Any) -> None:
    release = computed(wave, analyst)
    publish_release(release, by=analyst, at=NOW)
    assert not release.estimates.exclude(weighted_base=None, unweighted_value=None).exists()
    page = Client().get(f"/releases/{release.slug}/").content.decode()
    assert "Not weighted." in page


def test_the_page_and_the_receipt_show_weights_and_bases(wave: Wave, analyst: Any) -> None:
    release = computed(wave, analyst, targets=targets())
    publish_release(release, by=analyst, at=NOW)
    pages = [
        Client().get(f"/releases/{release.slug}/{page}").content.decode() for page in ("", "gaps/", "about/")
    ]
    page = " ".join(pages)
    for part in ("Weighted to", "The office that keeps it", "design effect of weighting", "effective"):
        assert part in page
    number = release.estimates.get(subject="A-P", statistic="belief", cohort="all")
    receipt = Client().get(number.get_absolute_url()).content.decode().replace(THIN, " ")
    for part in ("Weighted base", "Effective base", "68 %, where every organisation of the base counts once"):
        assert part in receipt
    table = Client().get(f"/releases/{release.slug}/gaps.csv").content.decode()
    assert "weighted_base,effective_base,design_effect,value,bound,unweighted_value" in table


def test_no_row_of_a_weight_leaves(wave: Wave, analyst: Any) -> None:
    """Values are whole percents or points, bases whole numbers."""
    release = computed(wave, analyst, targets=targets())
    for row in release.estimates.filter(status="published", weighted_base__isnull=False):
        assert row.weighted_base == int(row.weighted_base)
        assert row.effective_base == int(row.effective_base)
        shown = 100 * row.value if row.unit == "share" else row.value
        assert round(shown, 9) == int(round(shown, 9)) or row.unit == "bands"


@pytest.mark.parametrize(
    ("margins", "options", "reason"),
    [
        ({"region": {"europe": 40, "asia-pacific": 60}}, {}, "no target for north-america"),
        (
            {"region": {"europe": 40, "north-america": 50, "asia-pacific": 10}},
            {},
            "a target for asia-pacific, but no respondents",
        ),
        (COUNTS, {"bounds": (0.9, 1.1)}, "the bounds 0.9 to 1.1 cannot meet the margins"),
        ({"size_band": {"1-49": 10}}, {}, "size_band: 24 without a category"),
    ],
)
def test_what_cannot_be_weighted_fails_with_the_reason(
    wave: Wave, analyst: Any, margins: Any, options: Any, reason: str
) -> None:
    release = computed(wave, analyst, targets=targets(**margins), **options)
    assert release.status == "failed"
    assert reason in release.failure
    assert not release.estimates.exists()
    client = Client()
    client.force_login(analyst)
    assert "No weights can be made" in client.get(f"/studio/releases/{release.slug}/").content.decode()


def test_uneven_weights_are_warned_of_on_the_page(wave: Wave, analyst: Any) -> None:
    """The 8 of North America represent 97 %: 24 (.03^2 / 16 + .97^2 / 8) = 2.82. A warning is shown from 1.5, below
    3."""
    uneven = targets(region={"europe": 3, "north-america": 97})
    release = computed(wave, analyst, targets=uneven, bounds=(0.01, 50))
    assert release.diagnostics.deff == pytest.approx(2.82, abs=0.005)
    publish_release(release, by=analyst, at=NOW)
    assert "The weights are uneven" in Client().get(f"/releases/{release.slug}/about/").content.decode()


def test_an_organisation_without_a_region_stops_the_weighting(wave: Wave, analyst: Any) -> None:
    Organization.objects.filter(slug="organization-0").update(region="")
    release = computed(wave, analyst, targets=targets())
    assert "region: 1 without a category" in release.failure


def test_the_studio_asks_for_a_weighted_release(wave: Wave, analyst: Any) -> None:
    kept, client = targets(), Client()
    client.force_login(analyst)
    address = f"/studio/waves/{wave.slug}/releases/"
    form = {"targets": kept.pk, "weighting": "raking_trimmed", "lowest": "0.5", "highest": "2", "follows": ""}
    client.post(address, form)
    release = Release.objects.get()
    assert (release.targets, release.weighting) == (kept, "raking_trimmed")
    assert (release.lowest_weight, release.highest_weight) == (0.5, 2)
    wrong = client.post(address, form | {"lowest": "1.5"})
    assert wrong.status_code == 422
    assert Release.objects.count() == 1
