"""Tests the demonstration as shipped, with 120 organisations and seed 7: every state of every page appears, and
suppression leaves as many numbers as when published_counts.csv was written."""

import csv
import html
import io
import re
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from django.test import Client

from posture.analysis.estimates.reasons import PUBLIC, Reason
from posture.models import Release
from surveys.models import Organization, Wave
from tests.support.builders import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.long]

RELEASES = ("ai-agent-security-2025-autumn-r1", "ai-agent-security-2026-spring-r1")
AT_LEAST = 0.9
WRITTEN_DOWN = Path(__file__).with_name("published_counts.csv")
Kind = tuple[str, str]


@pytest.fixture(autouse=True)
def demonstration(demo_of_120: None, db: None) -> None:
    return None


def test_the_shipped_demonstration_shows_every_state() -> None:
    release = Release.objects.get(slug="ai-agent-security-2026-spring-r1")
    rows = release.estimates.filter(subject_kind="pair")
    assert release.organizations == 120
    assert Wave.objects.count() == 3
    for statistic in ("gap", "over", "aligned", "under", "no_evidence", "evidence_estimated",
                      "gap_change", "gap_panel_change",
                      "weak_evidence", "belief_dont_know", "evidence_dont_know"):  # fmt: skip
        shown = rows.filter(statistic=statistic, cohort="all", status="published")
        assert shown.exists(), statistic
    assert rows.filter(status="suppressed", cohort__startswith="sector:").exists()
    assert rows.filter(status="published", cohort__startswith="sector:").exists()
    assert all(organization.is_synthetic for organization in Organization.objects.all())


@pytest.mark.parametrize("slug", RELEASES)
def test_as_many_numbers_are_published_as_before(slug: str) -> None:
    found = published(Release.objects.get(slug=slug))
    with WRITTEN_DOWN.open(newline="") as file:
        before = {
            (row["subject_kind"], row["statistic"]): (
                int(row["exact"]),
                int(row["exact"]) + int(row["range"]),
            )
            for row in csv.DictReader(file)
            if row["release"] == slug
        }
    assert before
    fewer = {
        kind: (counts, found.get(kind))
        for kind, counts in before.items()
        if any(now < AT_LEAST * then for now, then in zip(found.get(kind, (0, 0)), counts, strict=True))
    }
    assert not fewer, "exact, and exact or as a range: before and now"


def published(release: Release) -> dict[Kind, tuple[int, int]]:
    """Returns, by kind of number, the count of exact ones, and that of exact ones and ranges, from the stored
    rows."""
    exact: Counter[Kind] = Counter()
    told: Counter[Kind] = Counter()
    for row in release.estimates.filter(status="published"):
        kind = row.subject_kind, row.statistic
        told[kind] += 1
        exact[kind] += not row.bound
    return {kind: (exact[kind], told[kind]) for kind in told}


@pytest.mark.parametrize("slug", RELEASES)
def test_what_is_kept_counts_the_stored_rows(slug: str) -> None:
    release = Release.objects.get(slug=slug)
    found = published(release)
    kinds = release.suppression["kinds"]
    withheld = sum(sum(kind["withheld"].values()) for kind in kinds)
    assert withheld == release.estimates.filter(status="suppressed").count()
    for kind in kinds:
        told = kind["exact"], kind["exact"] + sum(kind["ranges"].values())
        assert told == found.get((kind["subject_kind"], kind["statistic"]), (0, 0))


def test_the_studio_says_what_suppression_costs_and_why() -> None:
    release = Release.objects.get(slug=RELEASES[1])
    client = Client()
    client.force_login(make_user("another-analyst", is_staff=True))
    page = client.get(f"/studio/releases/{release.slug}/").content.decode()
    assert "Cost of suppression" in page
    gaps = next(kind for kind in release.suppression["kinds"] if kind["statistic"] == "gap")
    assert f"{gaps['exact']} of 240" in page
    assert f"threshold: {gaps['withheld']['threshold']}" in page
    assert "Its base is below the threshold or empty." in page
    Release.objects.filter(pk=release.pk).update(suppression={})
    assert "Cost of suppression" not in client.get(f"/studio/releases/{release.slug}/").content.decode()


def test_the_pack_says_it_too_without_telling_small_bases_from_those_hidden_beside_them() -> None:
    release = Release.objects.get(slug=RELEASES[1])
    content = Client().get(f"/releases/{release.slug}/pack.zip").content
    text = zipfile.ZipFile(io.BytesIO(content)).read("suppression.csv").decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["reason"] for row in rows} <= {"", *PUBLIC.values()}
    told: Counter[str] = Counter()
    for row in rows:
        told[row["shown_as"]] += int(row["numbers"])
    stored = release.estimates.filter(status="published")
    assert told == {
        "exact": stored.filter(bound="").count(),
        "range": stored.exclude(bound="").count(),
        "withheld": release.estimates.filter(status="suppressed").count(),
    }
    scores = {row["reason"]: int(row["numbers"]) for row in rows if row["subject_kind"] == "score"}
    kept = next(kind for kind in release.suppression["kinds"] if kind["subject_kind"] == "score")
    hidden = (Reason.THRESHOLD, Reason.COMPLEMENT)
    assert scores["organizations"] == sum(kept["withheld"][reason] for reason in hidden)


@pytest.mark.parametrize(("statistic", "item"), [("belief_median", "POL-C3"), ("evidence_median", "POL-R3")])
def test_the_receipt_of_a_median_is_in_the_words_of_the_answers(statistic: str, item: str) -> None:
    release = Release.objects.get(slug=RELEASES[1])
    row = release.estimates.get(subject="POL-P3", statistic=statistic, cohort="all")
    options = release.wave.questionnaire.definition.item(item).options
    shown = re.search(r'<p class="big">([^<]*)', Client().get(row.get_absolute_url()).content.decode())
    assert shown is not None
    assert [option.band for option in options if option.label == html.unescape(shown[1]).strip()] == [
        row.value
    ]


def test_a_limit_has_no_interval() -> None:
    """Its value is about more organisations than its base."""
    limits = Release.objects.get(slug=RELEASES[1]).estimates.filter(
        unit="share", method="possible", cohort="all", status="published"
    )
    shown = [Client().get(row.get_absolute_url()).content.decode() for row in limits]
    assert shown
    assert not any("Other intervals" in page for page in shown)
