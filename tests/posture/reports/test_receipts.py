"""Tests the receipt of each number: it says what was counted, and that of a withheld number reveals nothing."""

import csv
import io
import re
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from posture.models import Benchmark, Estimate, Release
from posture.releases.lifecycle import compute_release, publish_release, request_release, withdraw_release
from surveys.instrument.cohorts import cohort_label
from tests.support.builders import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(demo_of_30: None, db: None) -> Release:
    return Release.objects.get(slug="ai-agent-security-2026-spring-r1")


def page(release: Release, estimate: Estimate) -> str:
    answer = Client().get(estimate.get_absolute_url())
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
    assert {kind for kind, *_ in seen} == {"item", "indicator", "pair", "score"}


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
    text = page(release, release.estimates.get(subject="incident-on-record", statistic="share", cohort="all"))
    assert "Compared with published figures" in text
    assert "Gravitee" in text
    assert "With this base" in text


def test_hidden_and_empty_look_alike_and_show_no_number(release: Release) -> None:
    hidden = release.estimates.filter(status="suppressed", subject="INV-P1", statistic="gap")
    texts = {
        page(release, one)
        .replace(one.cohort, "COHORT")
        .replace(quote(one.cohort), "COHORT")
        .replace(cohort_label(one.cohort), "COHORT")
        for one in hidden[:3]
    }
    assert len(texts) == 1
    (text,) = texts
    assert "[c]" in text
    assert "Interval" not in text


def test_a_number_belongs_to_its_release(release: Release) -> None:
    address = f"/releases/{release.slug}/numbers/all/pair/INV-P1/gap/"
    assert Client().get(address).status_code == 200
    for other in (
        address.replace(release.slug, "another"),
        address.replace("INV-P1", "INV-P99"),
        address.replace("/all/", "/sector:nothing/"),
        address + "yes/",
    ):
        assert Client().get(other).status_code == 404


def test_the_address_says_what_the_number_is_and_outlives_a_computation(release: Release) -> None:
    option = release.estimates.get(subject="INC-R1", statistic="share", option="no", cohort="all")
    before = f"/releases/{release.slug}/numbers/all/item/INC-R1/share/no/"
    assert option.get_absolute_url() == before
    gap = release.estimates.get(subject="INV-P1", statistic="gap", cohort="region:europe")
    assert gap.get_absolute_url() == f"/releases/{release.slug}/numbers/region:europe/pair/INV-P1/gap/"
    Estimate.objects.filter(pk=option.pk).update(id=9_999_999)
    assert Client().get(before).status_code == 200


def test_a_withdrawn_number_leads_to_the_same_number_in_the_release_that_replaced_it(
    release: Release,
) -> None:
    address = f"/releases/{release.slug}/numbers/all/pair/INV-P1/gap/"
    withdraw_release(release, reason="Wrong.", by="analyst", at=NOW)
    answer = Client().get(address)
    assert answer.status_code == 410
    assert "It was replaced" not in answer.content.decode()
    second = request_release(release.wave_id, by=release.requested_by, at=NOW)
    compute_release(second.pk, at=NOW)
    second.refresh_from_db()
    publish_release(second, by=release.requested_by, at=NOW)
    assert address.replace(release.slug, second.slug) in Client().get(address).content.decode()
    now = Client().get(address.replace(release.slug, second.slug)).content.decode()
    assert "Replaces" in now
    assert f'href="/releases/{release.slug}/"' in now


def test_every_number_of_the_report_leads_to_its_receipt(release: Release) -> None:
    """The pages of all organisations link each number of their pairs and indicators, and nothing else of them. The
    shares of types of a pair of which all are withheld are left out: the page names that pair in a sentence."""
    pages = ("", "gaps/", "profile/", "published/", "change/")
    text = " ".join(Client().get(f"/releases/{release.slug}/{page}").content.decode() for page in pages)
    every = set(re.findall(r'href="(/releases/[^"]+/numbers/[^"]+)"', text))
    linked = {address for address in every if address.startswith(f"/releases/{release.slug}/")}
    rows = list(release.estimates.filter(cohort="all", subject_kind__in=("pair", "indicator")))
    types = ("over", "aligned", "under", "no_evidence", "evidence_estimated")
    typed = {row.subject for row in rows if row.statistic in types and row.status != "suppressed"}
    shown_where_it_matters = ("single_informant_gap", "lowest_possible", "highest_possible")
    shown_where_it_matters += ("share_with_dont_know", "share_without_dont_know")
    shown_where_it_matters += ("lowest_possible_of_all", "highest_possible_of_all")
    expected = {
        row.get_absolute_url()
        for row in rows
        if row.statistic not in shown_where_it_matters
        and not row.statistic.endswith("_change")
        and (row.subject in typed or row.statistic not in types)
    }
    allowed = {row.get_absolute_url() for row in rows}
    assert len(expected) > 100
    assert expected <= linked
    assert {address for address in linked if "/pair/" in address or "/indicator/" in address} <= allowed
    assert all(Client().get(address).status_code == 200 for address in sorted(linked)[::9])


def test_a_receipt_reads_what_it_shows_and_no_more(
    release: Release, django_assert_max_num_queries: Any
) -> None:
    """The page does not read every pair and indicator of its cohort, which are hundreds of rows."""
    gap = release.estimates.get(subject="INV-P1", statistic="gap", cohort="all")
    with django_assert_max_num_queries(8) as captured:
        page(release, gap)
    read = [query["sql"] for query in captured if "posture_estimate" in query["sql"]]
    assert len(read) == 2
    assert "INV-C1" in read[1], "the states of its two items, and nothing else of the cohort"


def test_a_receipt_says_when_figures_were_revised_since(release: Release) -> None:
    number = release.estimates.get(subject="incident-on-record", statistic="share", cohort="all")
    assert "were revised after" not in page(release, number)
    Benchmark.objects.filter(code="GRV1-INC-88").update(value=87)
    assert "were revised after" in page(release, number)


def test_tables_that_leave_name_the_whole_address(release: Release, settings: Any) -> None:
    settings.BASE_URL = "https://posture.example"
    for name in ("gaps", "indicators"):
        text = Client().get(f"/releases/{release.slug}/{name}.csv").content.decode()
        for row in csv.DictReader(io.StringIO(text)):
            assert row["receipt"].startswith(f"https://posture.example/releases/{release.slug}/numbers/all/")
