"""Tests an organisation's own report: its own belief and evidence, the cohort of a release, and the recommended first
step."""

import csv
import io
import re

import pytest
from django.test import Client

from posture.models import Release
from posture.releases.lifecycle import compute_release, publish_release, request_release
from posture.releases.wave_cohorts import choose_cohort, cohort_release_of
from posture.reports.organization import OrganizationReport, organization_report
from surveys.fieldwork.queries import participation_of
from surveys.instrument.routing import AnswerValue
from surveys.models import Organization, Wave
from tests.support.builders import NOW, chose, make_organization, make_response, make_user, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]


def report(organization: Organization, wave: Wave, cohort: str = "") -> OrganizationReport:
    participation = participation_of(organization, wave.slug, at=NOW)
    assert participation is not None
    found = organization_report(participation, at=NOW, cohort=cohort)
    assert found is not None
    return found


def answered(belief: AnswerValue, evidence: AnswerValue, **options: str) -> OrganizationReport:
    wave, acme = make_wave(), make_organization()
    make_response(wave, acme, "executive", {"A-C": belief, "I-C": chose("no")}, submit=True)
    make_response(wave, acme, "engineer", {"COUNT": percent(9), "A-R": evidence}, submit=True, **options)
    return report(acme, wave)


@pytest.mark.parametrize(
    ("belief", "evidence", "kind", "gap"),
    [
        (percent(90), percent(40), "over", "+50 points"),
        (percent(40), percent(90), "under", "−50 points"),
        (percent(45), percent(40), "aligned", "+5 points"),
        (percent(90), chose("dont-know"), "no_evidence", ""),
        (percent(90), chose("none"), "no_evidence", ""),
        (percent(90), percent(40, "estimated"), "estimated", ""),
        (chose("dont-know"), percent(40), "incomplete", ""),
    ],
)
def test_each_pair_has_one_verdict(belief: AnswerValue, evidence: AnswerValue, kind: str, gap: str) -> None:
    pair = next(one for one in answered(belief, evidence).pairs if one.view.pair.code == "A-P")
    assert (pair.verdict_kind, pair.gap) == (kind, gap)


def test_one_person_for_both_halves_is_said() -> None:
    found = answered(percent(90), percent(40), address="executive@acme.example")
    assert {one.view.pair.code: one.verdict_kind for one in found.pairs}["A-P"] == "single"


def test_overconfidence_comes_first_and_what_is_aligned_is_not_pressing() -> None:
    found = answered(percent(90), percent(40))
    assert [one.verdict_kind for one in found.pairs] == ["over", "incomplete"]
    assert [one.view.pair.code for one in found.pairs_to_examine] == ["A-P"]


def test_who_is_aligned_has_nothing_to_look_at_first() -> None:
    assert answered(percent(40), percent(40)).pairs_to_examine == []


def published(slug: str) -> Release:
    """Publishes a release of twelve organisations whose belief is 30 points above their evidence."""
    wave = make_wave(slug=slug, is_open=False)
    for number in range(12):
        other = make_organization(f"{slug}-{number}")
        make_response(wave, other, "executive", {"A-C": percent(80)}, submit=True)
        make_response(wave, other, "engineer", {"COUNT": percent(9), "A-R": percent(50)}, submit=True)
    analyst = make_user(f"analyst-{slug}", is_staff=True)
    release = request_release(wave.pk, by=analyst, at=NOW)
    compute_release(release.pk, at=NOW)
    publish_release(release, by=analyst, at=NOW)
    return release


def test_without_a_choice_another_wave_is_no_cohort() -> None:
    published("earlier")
    assert answered(percent(90), percent(40)).release is None


def test_the_cohort_is_the_release_that_an_analyst_chose() -> None:
    """A release that is published later does not replace it. While it is withdrawn, there is no cohort."""
    release = published("earlier")
    wave, acme = make_wave(), make_organization()
    make_response(wave, acme, "executive", {"A-C": percent(90), "I-C": chose("no")}, submit=True)
    make_response(wave, acme, "engineer", {"COUNT": percent(9), "A-R": percent(40)}, submit=True)
    choose_cohort(wave.pk, release, by=None, at=NOW)
    published("later")
    found = report(acme, wave)
    pair = next(pair for pair in found.pairs if pair.view.pair.code == "A-P")
    assert (found.release, found.is_chosen) == (release, True)
    assert (pair.view.gap.text, pair.view.gap.base) == ("+30 points", 12)
    Release.objects.filter(pk=release.pk).update(status="withdrawn", withdrawn_reason="A test.")
    assert report(acme, wave).release is None


def test_an_analyst_chooses_the_cohort_on_the_page_of_the_releases() -> None:
    release, wave = published("earlier"), make_wave()
    client = Client()
    client.force_login(make_user("chooser", is_staff=True))
    address = f"/studio/waves/{wave.slug}/cohort/"
    assert client.post(address, {"cohort-release": release.pk}).status_code == 302
    assert cohort_release_of(wave.pk) == release
    client.post(address, {"cohort-release": release.pk + 1})
    assert cohort_release_of(wave.pk) == release
    client.post(address, {"cohort-release": ""})
    assert cohort_release_of(wave.pk) is None


@pytest.mark.parametrize("view", ["board", "security"])
def test_each_view_has_one_heading(view: str) -> None:
    wave, acme = make_wave(), make_organization()
    client = Client()
    client.force_login(make_user("member", organization=acme))
    make_response(wave, acme, "executive", {"A-C": percent(90)}, submit=True)
    make_response(wave, acme, "engineer", {"COUNT": percent(9), "A-R": percent(40)}, submit=True)
    answer = client.get(f"/organizations/acme/waves/{wave.slug}/", {"view": view})
    assert answer.content.count(b"<h1>") == 1
    assert client.get(f"/organizations/acme/waves/{wave.slug}/", {"view": "other"}).status_code == 404


def test_before_the_beliefs_are_in_nobody_reads_and_the_csv_is_not_there() -> None:
    wave, acme = make_wave(), make_organization()
    client = Client()
    client.force_login(make_user("member", organization=acme))
    make_response(wave, acme, "executive", {"A-C": percent(90)})
    make_response(wave, acme, "engineer", {"COUNT": percent(9), "A-R": percent(40)}, submit=True)
    address = f"/organizations/acme/waves/{wave.slug}/"
    page = client.get(address).content.decode()
    text = re.sub("<[^>]*>", " ", page.split("<main")[1].split("</main")[0])
    assert "40" not in text, "the evidence must not steer the belief"
    assert client.get(f"{address}report.csv").status_code == 404


def test_the_csv_has_what_the_page_has() -> None:
    wave, acme = make_wave(), make_organization()
    client = Client()
    client.force_login(make_user("member", organization=acme))
    make_response(wave, acme, "executive", {"A-C": percent(90)}, submit=True)
    make_response(wave, acme, "engineer", {"COUNT": percent(9), "A-R": percent(40)}, submit=True)
    text = client.get(f"/organizations/acme/waves/{wave.slug}/report.csv").content.decode()
    row = next(row for row in csv.DictReader(io.StringIO(text)) if row["pair"] == "A-P")
    assert (row["own_gap"], row["unit"], row["state"]) == ("50.0", "points", "Over-confident")


def test_an_unknown_cohort_is_not_there() -> None:
    wave, acme = make_wave(), make_organization()
    make_response(wave, acme, "executive", {"A-C": percent(90)}, submit=True)
    participation = participation_of(acme, wave.slug, at=NOW)
    assert participation is not None
    assert organization_report(participation, at=NOW, cohort="sector:nothing") is None
