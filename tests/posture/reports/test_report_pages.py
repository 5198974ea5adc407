"""Tests the pages of a gap report: what stands where, and that each number leads to its receipt."""

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client

from posture.analysis.estimates.rows import NUMBERS
from posture.models import Comparison, Estimate, Release
from posture.releases.queries import cohorts_of
from posture.reports.gap import GapReport, gap_report
from posture.reports.pages import TITLES
from posture.stored_definitions import catalogue

pytestmark = pytest.mark.django_db

PAGES = [name for name in TITLES if name not in ("summary", "reader")]


@pytest.fixture
def release(demo_of_30: None, db: None) -> Release:
    spring = "ai-agent-security-2026-spring-r1"
    return Release.objects.select_related("wave__questionnaire", "follows").get(slug=spring)


class Receipts(HTMLParser):
    """Collects the texts of elements with a receipt, and counts headings."""

    def __init__(self) -> None:
        super().__init__()
        self.receipts: list[tuple[str, str]] = []
        self.headings: list[str] = []
        self.open: list[str] = []
        self.finding = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "h1":
            self.headings.append("")
        if attributes.get("data-receipt"):
            self.receipts.append((attributes["data-receipt"] or "", ""))
        if "data-finding" in attributes:
            self.finding = " "
        if tag not in ("input", "meta", "link", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass
        if tag == "p" and self.finding.strip():
            self.finding_text, self.finding = self.finding.strip(), ""

    def handle_data(self, data: str) -> None:
        if self.finding:
            self.finding += data
        if "h1" in self.open:
            self.headings[-1] += data
        if self.open and self.open[-1] in ("a", "abbr") and self.receipts and not self.receipts[-1][1]:
            self.receipts[-1] = (self.receipts[-1][0], data.strip())


def get(release: Release, page: str = "", **query: str) -> Any:
    path = f"/releases/{release.slug}/" + (f"{page}/" if page else "")
    return Client().get(path, query)


def read(release: Release, page: str = "", **query: str) -> Receipts:
    answer = get(release, page, **query)
    assert answer.status_code == 200, (page, query)
    parser = Receipts()
    parser.feed(answer.content.decode())
    return parser


def report(release: Release, **options: str) -> GapReport:
    found = gap_report(release, **options)
    assert found is not None
    return found


def test_each_page_of_each_group_and_topic_has_one_heading(release: Release) -> None:
    choices: list[dict[str, str]] = [{"cohort": cohort} for cohort in cohorts_of(release)]
    choices += [{"topic": topic.code} for topic in report(release).topics]
    asked = [("gaps", choice) for choice in choices]
    asked += [(page, choice) for page in ("", *PAGES) for choice in (choices[0], choices[-1])]
    for page, choice in asked:
        assert len(read(release, page, **choice).headings) == 1, (page, choice)


@pytest.mark.parametrize("choice", [{"cohort": "sector:nothing"}, {"topic": "nothing"}, {"cohort": "'--"}])
def test_an_unknown_group_or_topic_has_no_page(release: Release, choice: dict[str, str]) -> None:
    assert {get(release, page, **choice).status_code for page in ("", *PAGES)} == {404}


def test_an_unknown_comparison_or_reader_has_no_page(release: Release) -> None:
    assert get(release, "gaps", compare="nothing").status_code == 404
    assert get(release, "readers/nobody").status_code == 404


def test_each_reader_has_a_page_with_their_pairs(release: Release) -> None:
    questionnaire = release.wave.questionnaire.definition
    for reader in catalogue.readers_of(questionnaire.slug):
        page = get(release, f"readers/{reader.code}").content.decode()
        assert reader.question in page
        for concern in reader.concerns:
            assert concern.why.split(",")[0] in page.replace("&#x27;", "'")
            assert f'id="{concern.pair}"' in page or questionnaire.pair(concern.pair).label in page


def test_each_receipt_leads_to_the_number_that_the_page_shows(release: Release) -> None:
    """The receipt of a number prints the same text; a receipt of a count is a page of the report."""
    client = Client()
    seen = {receipt for page in ("", "gaps", "profile") for receipt in read(release, page).receipts}
    numbers = sorted((address, text) for address, text in seen if "/numbers/" in address)
    assert len(numbers) > 100
    for address, text in numbers[:: len(numbers) // 40]:
        answer = client.get(address)
        assert answer.status_code == 200
        known = Estimate.objects.get(release=release, **_key(address))
        assert (text == "[c]") == (known.value is None)
    for address in {address for address, _ in seen if "/numbers/" not in address}:
        assert client.get(address).status_code == 200


def _key(address: str) -> dict[str, str]:
    cohort, kind, subject, statistic, *option = unquote(address).strip("/").split("/")[3:]
    return {
        "cohort": cohort,
        "subject_kind": kind,
        "subject": subject,
        "statistic": statistic,
        "option": option[0] if option else "",
    }


def test_the_finding_counts_the_clear_gaps(release: Release) -> None:
    """The counts are those of the released comparisons."""
    clear = Comparison.objects.filter(
        release=release, cohort="all", compared_with="zero", verdict="higher", subject_kind="pair"
    )
    scored = {
        pair.code for pair in release.wave.questionnaire.definition.core_pairs if pair.direction != "none"
    }
    found = read(release)
    assert found.headings[0].strip() == "Executives believe more than the records show"
    assert found.finding_text.startswith(f"In {clear.filter(subject__in=scored).count()} of ")


def test_the_bars_are_the_widest_clear_gaps(release: Release) -> None:
    shown = report(release)
    bars = shown.finding.bars
    assert len(bars) == 3
    clear = [view for view in bars if view.pair.code in shown.over]
    assert clear == list(bars)[: len(clear)] != []
    widths = [view.gap.dot.value for view in clear if view.gap.dot]
    assert widths == sorted(widths, reverse=True)


def test_a_group_without_a_clear_gap_says_so(release: Release) -> None:
    Comparison.objects.filter(compared_with="zero", verdict="higher").update(verdict="not_clear_together")
    found = read(release)
    assert found.headings[0].strip() == "No gap between belief and evidence is clear"
    assert "That does not show that they are equal" in found.finding_text


def test_gaps_in_the_other_direction_are_a_finding_of_their_own(release: Release) -> None:
    Comparison.objects.filter(compared_with="zero", verdict="higher").update(verdict="lower")
    assert read(release).headings[0].strip() == "The records show more than executives believe"


def test_a_group_without_any_gap_says_why(release: Release) -> None:
    withheld = dict.fromkeys(NUMBERS) | {"status": "suppressed", "bound": ""}
    Estimate.objects.filter(subject_kind="pair").update(**withheld)
    empty = dict.fromkeys(("difference", "ci_low", "ci_high", "p_value", "p_adjusted"))
    pairs = Comparison.objects.filter(subject_kind="pair")
    pairs.update(verdict="", reason="withheld", breaks="", **empty)
    assert read(release).headings[0].strip() == "The gaps of this group are withheld"
    page = get(release, "gaps").content.decode()
    assert "15 pairs are withheld" in page
    assert not re.search(r"[+−]\d+ points", page)


def test_withheld_pairs_are_one_line_that_offers_all_organisations(release: Release) -> None:
    found = {cohort: report(release, cohort=cohort).withheld for cohort in cohorts_of(release)}
    cohort = next(cohort for cohort, views in found.items() if cohort != "all" and len(views) > 1)
    withheld = [view.pair.label for view in found[cohort]]
    page = get(release, "gaps", cohort=cohort).content.decode()
    assert f"{len(withheld)} pairs are withheld" in page
    assert "Read them for all organisations" in page
    rows = page.partition("data-numbers")[0]
    assert not [label for label in withheld if f'<th scope="row">{label}' in rows]


def test_time_is_told_as_durations(release: Release) -> None:
    for page in ("", "gaps", "profile", "readers/boards"):
        before_details = get(release, page).content.decode().partition("data-numbers")[0]
        assert not re.search(r"\bbands?\b", re.sub(r'"[^"]*"', "", before_details)), page


@pytest.mark.parametrize("query", ["section=policy-oversight", "cohort=all&section="])
def test_an_address_from_before_the_pages_redirects(release: Release, query: str) -> None:
    answer = Client().get(f"/releases/{release.slug}/?{query}")
    assert answer.status_code == 301
    assert answer.headers["Location"].startswith(f"/releases/{release.slug}/gaps/")
    assert Client().get(answer.headers["Location"]).status_code == 200


def test_a_reader_who_comes_back_gets_304_until_the_release_is_withdrawn(release: Release) -> None:
    first = get(release)
    again = {"headers": {"if-none-match": first.headers["ETag"]}}
    path = f"/releases/{release.slug}/"
    assert Client().get(path, **again).status_code == 304
    assert Client().get(path, {"cohort": cohorts_of(release)[1]}, **again).status_code == 200
    Release.objects.filter(pk=release.pk).update(status="withdrawn", withdrawn_reason="A test.")
    assert Client().get(path, **again).status_code == 410


def test_a_reader_who_is_signed_in_gets_their_own_page(release: Release, admin_client: Client) -> None:
    answer = admin_client.get(f"/releases/{release.slug}/")
    assert "ETag" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
