"""Tests the framework pages: every reference of the questionnaire file, and released numbers with their receipts."""

import html
import re
import tomllib
from collections import Counter

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from posture.models import Estimate, Release
from posture.releases.queries import latest_release_of
from posture.reports.framework_pages import anchor_of
from posture.reports.values import Value
from posture.stored_definitions.framework_files import framework_files
from surveys.instrument.cohorts import ALL

pytestmark = pytest.mark.long

SLUG = "ai-agent-security"
NEWEST = max(
    (settings.ROOT / "surveys" / "definitions").glob(f"{SLUG}-*.toml"),
    key=lambda path: [int(part) for part in path.stem.removeprefix(f"{SLUG}-").split(".")],
)
DOCUMENT = tomllib.loads(NEWEST.read_text("utf-8"))
REFERENCES = Counter(
    (reference["framework"], reference["edition"], f"{reference['code']} {item['code']}")
    for item in DOCUMENT["items"]
    for reference in item.get("frameworks", [])
)
ASKED = {item["code"]: item for item in DOCUMENT["items"] if item.get("status", "core") == "core"}
NUMBER = re.compile(
    r'<span class="name">([^<]*)</span>\s*<a class="plain-number" href="([^"]*)"\s*data-receipt="([^"]*)">(.*?)</a>'
    r'(?:\s*<span class="small">(.*?)</span>)?',
    re.DOTALL,
)
TAG = re.compile(r"<[^>]*>")


def page(address: str) -> str:
    answer = Client().get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def plain(text: str) -> str:
    return " ".join(html.unescape(TAG.sub("", text)).split())


def references_on_pages() -> Counter[tuple[str, str, str]]:
    return Counter(
        (file.framework, file.edition, html.unescape(row))
        for code, file in framework_files().items()
        for row in re.findall(r'data-reference="([^"]*)"', page(f"/frameworks/{code}/"))
    )


@pytest.mark.django_db
class TestWithoutARelease:
    @pytest.fixture(autouse=True)
    def definitions(self) -> None:
        call_command("load_definitions", verbosity=0)

    def test_the_pages_show_every_reference_once(self) -> None:
        assert set(REFERENCES.values()) == {1}
        assert references_on_pages() == REFERENCES

    def test_the_list_counts_clauses_questions_and_references(self) -> None:
        text = page("/frameworks/")
        for code, file in framework_files().items():
            row = text.split(f'data-framework="{code}"')[1].split("</tr>")[0]
            here = [one for *edition, one in REFERENCES if tuple(edition) == file.key]
            clauses = {one.rpartition(" ")[0] for one in here}
            questions = {one.rpartition(" ")[2] for one in here}
            cells = [plain(cell) for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)]
            assert cells[0] == file.edition
            assert cells[2].split()[0] == str(len(clauses))
            assert cells[3:] == [str(len(questions)), str(len(here))]

    def test_clauses_stand_in_the_order_of_the_edition_with_the_titles_of_the_file(self) -> None:
        for code, file in framework_files().items():
            heads = re.findall(
                r'<h2 class="clause" id="([^"]*)">(.*?)</h2>', page(f"/frameworks/{code}/"), re.DOTALL
            )
            named = {
                anchor_of(clause.code): f"{clause.code} {clause.title}".strip() for clause in file.clauses
            }
            anchors = [anchor for anchor, _ in heads]
            assert anchors == [anchor for anchor in named if anchor in anchors]
            assert {anchor: plain(text) for anchor, text in heads} == {
                anchor: named[anchor] for anchor in anchors
            }

    def test_the_licence_and_the_attribution_are_on_the_page(self) -> None:
        for code, file in framework_files().items():
            text = plain(page(f"/frameworks/{code}/"))
            assert file.attribution in text
            assert file.licence in text
            assert ("codes of clauses and no titles" in text) == (not file.quotes_titles)

    def test_a_renumbered_clause_names_the_earlier_edition(self) -> None:
        assert "LLM06 in the 2025 edition: Excessive Agency." in plain(page("/frameworks/owasp-llm-2026/"))

    def test_there_is_no_number(self) -> None:
        text = page("/frameworks/nist-csf-2.0/")
        assert "data-receipt" not in text
        assert "this page shows the questions without numbers" in text

    def test_an_unknown_framework_is_not_found(self) -> None:
        assert Client().get("/frameworks/nist-csf-9/").status_code == 404

    def test_a_published_figure_links_to_the_clauses_of_its_questions(self) -> None:
        text = page("/benchmarks/GRV1-MON-47.1/")
        assert "/frameworks/nist-csf-2.0/#clause-DE.CM-09" in text
        assert "/frameworks/eu-ai-act-2026/#clause-26-5" in text
        assert "Framework clauses" not in page("/benchmarks/SEED-VIS-21/")


@pytest.mark.usefixtures("demo_of_30")
class TestWithARelease:
    def test_the_pages_show_every_reference_once(self) -> None:
        assert references_on_pages() == REFERENCES

    def test_each_number_is_the_released_one_with_base_interval_and_receipt(self) -> None:
        release = newest()
        rows = {row.get_absolute_url(): row for row in release.estimates.filter(cohort=ALL)}
        withheld, published = 0, 0
        for code in framework_files():
            for _, address, receipt, text, rest in NUMBER.findall(page(f"/frameworks/{code}/")):
                row = rows[html.unescape(receipt)]
                assert address == receipt
                if row.status == Estimate.Status.SUPPRESSED:
                    assert (plain(text), rest) == ("withheld", "")
                    withheld += 1
                    continue
                assert f"base {row.base}" in rest
                if row.ci_low is not None:
                    assert f"({Value.of(row).interval})," in plain(rest)
                if row.statistic not in ("belief_median", "evidence_median", "belief", "evidence"):
                    assert plain(text) == plain(Value.of(row).text)
                published += 1
        assert withheld
        assert published

    def test_every_receipt_is_recognised_as_a_number(self) -> None:
        text = page("/frameworks/nist-csf-2.0/")
        assert text.count("data-receipt") == len(NUMBER.findall(text)) > 0

    def test_dont_know_and_no_evidence_are_shown_for_every_question_that_was_asked(self) -> None:
        release = newest()
        texts = " ".join(page(f"/frameworks/{code}/") for code in framework_files())
        silent = release.estimates.filter(cohort=ALL, subject_kind="item", statistic="share")
        referred = {one.rpartition(" ")[2] for *_, one in REFERENCES}
        for row in silent.filter(subject__in=referred, option__in=["dont-know"]):
            assert f'data-receipt="{html.escape(row.get_absolute_url())}"' in texts, row

    def test_reserve_questions_have_no_number(self) -> None:
        text = page("/frameworks/csa-aicm-1.0/")
        reserve = [code for code in re.findall(r'data-reference="\S+ ([^"]*)"', text) if code not in ASKED]
        assert reserve
        for code in reserve:
            row = re.split(rf'data-reference="\S+ {code}"', text)[1].split("</tr>")[0]
            assert "no survey asks it yet" in row
            assert "data-receipt" not in row

    def test_a_withdrawn_release_is_not_shown(self) -> None:
        release = newest()
        Release.objects.filter(pk=release.pk).update(
            status=Release.Status.WITHDRAWN, withdrawn_reason="Wrong file"
        )
        try:
            assert f"/releases/{release.slug}/" not in page("/frameworks/nist-csf-2.0/")
        finally:
            Release.objects.filter(pk=release.pk).update(status=Release.Status.PUBLISHED, withdrawn_reason="")


def newest() -> Release:
    release = latest_release_of(SLUG)
    assert release is not None
    return release
