"""Tests a release that follows an earlier wave: the numbers it takes from it, its page, and trend breaks."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from posture.analysis.waves.breaks import item_breaks, pair_breaks
from posture.models import Release
from posture.releases.lifecycle import (
    ReleaseError,
    compute_release,
    publish_release,
    request_release,
    withdraw_release,
)
from posture.releases.recomputation import recompute
from surveys.fieldwork.questionnaire_loader import load_questionnaire
from surveys.instrument.questionnaire_definition import Questionnaire, parse
from surveys.models import Answer, Organization, Wave
from surveys.models import Questionnaire as StoredQuestionnaire
from tests.support.builders import (
    NOW,
    SMALL,
    make_organization,
    make_response,
    make_user,
    make_wave,
    percent,
    small_questionnaire,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]


@pytest.fixture
def analyst() -> Any:
    return make_user("analyst", is_staff=True)


def answered(wave: Wave, organizations: range, evidence: int) -> None:
    for number in organizations:
        acme = make_organization_once(number)
        make_response(wave, acme, "executive", {"A-C": percent(80)}, submit=True)
        records = {"COUNT": percent(9), "A-R": percent(evidence + number, "exported")}
        make_response(wave, acme, "engineer", records, submit=True)


def make_organization_once(number: int) -> Any:
    from_before = Organization.objects.filter(slug=f"organization-{number}").first()
    return from_before or make_organization(f"organization-{number}", sector="healthcare")


def earlier_and_later(*versions: StoredQuestionnaire) -> tuple[Wave, Wave]:
    """Of 24 organisations 12 answer in both waves, 12 are new; belief stays at 80, evidence rises by 10."""
    earlier, later = versions or (None, None)
    first = make_wave(earlier, slug="first", is_open=False)
    Wave.objects.filter(pk=first.pk).update(opens_at=NOW - timedelta(days=100))
    second = make_wave(later or first.questionnaire, slug="second", is_open=False)
    answered(first, range(12), 30)
    answered(second, range(24), 40)
    return first, second


def released(wave: Wave, analyst: Any, **options: Any) -> Release:
    release = request_release(wave.pk, by=analyst, at=NOW, **options)
    compute_release(release.pk, at=NOW)
    found = Release.objects.get(pk=release.pk)
    if found.status == "draft":
        publish_release(found, by=analyst, at=NOW)
    return Release.objects.get(pk=release.pk)


def test_the_change_is_later_minus_earlier_and_the_panel_stands_beside(analyst: Any) -> None:
    """Means of evidence: 30 + 5.5 in the earlier wave, 40 + 11.5 in the later one; in the panel each rises by 10."""
    first, second = earlier_and_later()
    release = released(second, analyst, follows=released(first, analyst))
    rows = release.estimates.filter(subject="A-P", cohort="all")
    assert rows.get(statistic="evidence_change").value == pytest.approx(51.5 - 35.5)
    assert rows.get(statistic="evidence_change").base == 24
    assert rows.get(statistic="evidence_panel_change").value == pytest.approx(10)
    assert rows.get(statistic="evidence_panel_change").base == 12
    assert rows.get(statistic="gap_change").value == pytest.approx(-16)
    assert not list(recompute(release))


def test_the_page_and_its_table_show_the_change(analyst: Any) -> None:
    first, second = earlier_and_later()
    release = released(second, analyst, follows=released(first, analyst))
    page = Client().get(f"/releases/{release.slug}/change/").content.decode()
    assert "Change since A wave" in page
    table = Client().get(f"/releases/{release.slug}/changes.csv").content.decode()
    lines = {(row["subject"], row["statistic"]): row for row in csv.DictReader(io.StringIO(table))}
    assert float(lines["A-P", "gap_change"]["value"]) == pytest.approx(-16)
    assert lines["A-P", "gap_change"]["since"] == "first-r1"
    number = release.estimates.get(subject="A-P", statistic="gap_change", cohort="all")
    assert "change since the earlier wave" in Client().get(number.get_absolute_url()).content.decode()


def test_only_a_published_release_of_an_earlier_wave_is_followed(analyst: Any) -> None:
    first, second = earlier_and_later()
    waiting = request_release(first.pk, by=analyst, at=NOW)
    with pytest.raises(ReleaseError, match="no published release of an earlier wave"):
        request_release(second.pk, by=analyst, at=NOW, follows=waiting)
    later = released(second, analyst)
    with pytest.raises(ReleaseError, match="no published release of an earlier wave"):
        request_release(first.pk, by=analyst, at=NOW, follows=later)


def test_when_the_earlier_answers_changed_nothing_is_compared(analyst: Any) -> None:
    first, second = earlier_and_later()
    earlier = released(first, analyst)
    Answer.objects.filter(item__code="A-C", response__invitation__wave=first).update(number=1)
    release = released(second, analyst, follows=earlier)
    assert (release.status, release.failure) == (
        "failed",
        "The answers of first-r1 are no longer those that were published.",
    )


def test_what_was_withdrawn_is_no_longer_compared_with(analyst: Any) -> None:
    first, second = earlier_and_later()
    earlier = released(first, analyst)
    release = released(second, analyst, follows=earlier)
    withdraw_release(earlier, reason="Wrong.", by="analyst", at=NOW)
    assert "Change since" not in Client().get(f"/releases/{release.slug}/change/").content.decode()


def changed(old: str, new: str) -> Questionnaire:
    assert old in SMALL
    return parse(SMALL.replace(old, new).replace('version = "1"', 'version = "2"'), name="small-2.toml")


@pytest.mark.parametrize(
    ("old", "new", "item", "reason"),
    [
        ("How many agents?", "How many agents do you run?", "COUNT", "wording"),
        (
            'wording = "What percentage is in',
            'help = "Look it up."\nwording = "What percentage is in',
            "A-R",
            "",
        ),
        (
            '{ code = "shared", label = "Shared" },',
            '{ code = "shared", label = "Shared ones" },',
            "KEYS",
            "options",
        ),
        ('{ item = "I-R", any_of = ["yes"] }', '{ item = "I-R", any_of = ["no"] }', "KEYS", "routing"),
        ("Is an incident on record?", "Is a case on record?", "KEYS", "routing by I-R"),
        ("maximum = 100\nask_if", "maximum = 90\nask_if", "A-C", "limits"),
    ],
)
def test_a_series_breaks_where_an_item_means_something_else(
    old: str, new: str, item: str, reason: str
) -> None:
    before = parse(SMALL, name="small-1.toml")
    assert item_breaks(item, before, changed(old, new)) == ((reason,) if reason else ())
    assert item_breaks(item, before, before) == ()


def test_a_pair_breaks_with_either_half_and_with_what_counts() -> None:
    before = parse(SMALL, name="small-1.toml")
    assert pair_breaks("I-P", before, changed("Is an incident on record?", "Is a case on record?")) == (
        "I-R: wording",
    )
    assert pair_breaks("I-P", before, changed('belief_yes = ["yes"]', 'belief_yes = ["no"]')) == (
        "what counts",
    )
    assert pair_breaks("A-P", before, changed("Is an incident on record?", "Is a case on record?")) == ()


def test_no_change_is_computed_across_a_break_and_the_page_says_why(analyst: Any) -> None:
    text = SMALL.replace('version = "1"', 'version = "2"').replace(
        "What percentage is in", "Which percentage is in"
    )
    versions = [small_questionnaire()]
    load_questionnaire(text, name="small-2.toml", at=NOW)
    versions.append(StoredQuestionnaire.objects.get(version="2"))
    first, second = earlier_and_later(*versions)
    release = released(second, analyst, follows=released(first, analyst))
    assert not release.estimates.filter(subject__in=("A-P", "A-R"), statistic__endswith="_change").exists()
    assert release.estimates.filter(subject="A-C", statistic="mean_change", status="published").exists()
    page = Client().get(f"/releases/{release.slug}/change/").content.decode()
    assert "[b]" in page
    assert "A-R: wording changed" in page
    table = Client().get(f"/releases/{release.slug}/changes.csv").content.decode()
    assert "pair,A-P,,,all,first-r1" in table
