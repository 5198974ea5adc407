"""Tests that page, PDF, slides and workbook of an organisation's report say the same, and that texts stay texts."""

import re
import time
from dataclasses import replace
from html import unescape
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from posture.documents import phrases
from posture.documents.organization import phrases as own_phrases
from posture.documents.organization.making import FORMATS, digest_of
from posture.documents.organization.pdf import story_data
from posture.models import Document
from posture.models.number_address import absolute_address
from posture.reports.organization_story import OrganizationStory, organization_story
from posture.reports.values import Value
from posture.views.report_files import TYPES
from surveys.fieldwork.queries import Participation, participation_of
from surveys.models import Organization, ShareLink
from tests.posture.documents import reading
from tests.posture.documents.reading import squeezed
from tests.posture.documents.test_documents import HOSTILE, without_marks
from tests.support.builders import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def participation(demo_of_60: None, db: None) -> Participation:
    shared = ShareLink.objects.select_related("organization", "wave").get()
    found = participation_of(shared.organization, shared.wave.slug, at=shared.created_at)
    assert found is not None
    return found


@pytest.fixture
def story(participation: Participation) -> OrganizationStory:
    """The report beside all organisations, so that numbers of the cohort are published."""
    found = organization_story(participation, at=participation.wave.closes_at, cohort="all")
    assert found is not None
    return found


@pytest.fixture
def hostile(story: OrganizationStory) -> OrganizationStory:
    """The report with hostile labels, answers and names."""
    pairs = [
        replace(
            row,
            belief=HOSTILE[-place % len(HOSTILE)],
            view=replace(
                row.view,
                pair=row.view.pair.model_copy(update={"label": HOSTILE[place % len(HOSTILE)]}),
            ),
        )
        for place, row in enumerate(story.report.pairs)
    ]
    organization = Organization(pk=story.participation.organization.pk, slug="acme", name=HOSTILE[0])
    participation = replace(story.participation, organization=organization)
    return replace(story, report=replace(story.report, pairs=pairs, participation=participation))


def page(story: OrganizationStory) -> str:
    client = Client()
    client.force_login(make_user("reader", organization=story.participation.organization))
    return client.get(story.address, {"cohort": "all", "view": "security"}).content.decode()


def page_cells(content: str) -> list[list[str]]:
    """Returns the texts of the cells of the table of pairs on the page: belief, evidence, result."""
    table = re.search(r"<table[^>]*>(?:(?!</table>).)*Own evidence.*?</table>", content, re.DOTALL)
    assert table is not None
    rows = re.findall(r"<tr>(.*?)</tr>", table[0], re.DOTALL)[1:]
    cells = [
        re.findall(r'<td[^>]*data-label="Own [^"]*">(.*?)</td>', row, re.DOTALL)
        + re.findall(r"<strong>(.*?)</strong>", row)
        for row in rows
    ]
    return [[unescape(re.sub("<[^>]+>", "", cell)).strip() for cell in row] for row in cells]


def numbers_of_cohort(story: OrganizationStory) -> dict[str, str]:
    """Returns the texts of the cohort's numbers by their absolute addresses."""
    values: list[Value] = []
    for pair in story.report.pairs:
        view = pair.view
        if view.gap.is_withheld:
            values.append(view.gap)
        elif view.gap.base:
            levels = view.medians or view
            values += [levels.belief, levels.evidence]
            values += [] if view.medians else [view.gap]
    values += [score.cohort for score in story.report.scores]
    return {absolute_address(one.address): phrases.number_words(one) for one in values if one.address}


def own_words(story: OrganizationStory) -> list[str]:
    return [
        word for pair in story.report.pairs for word in (pair.belief, pair.evidence, pair.verdict, pair.gap)
    ]


def test_the_page_shows_the_same_numbers(story: OrganizationStory) -> None:
    rows = [[pair.belief, pair.evidence, pair.verdict] for pair in story.report.pairs]
    found = page(story)
    assert page_cells(found) == rows
    receipts = {
        absolute_address(unescape(address)): unescape(re.sub("<[^>]+>", "", text)).strip()
        for address, text in re.findall(r'data-receipt="([^"]+)"[^>]*>(.*?)</a>', found, re.DOTALL)
    }
    numbers = numbers_of_cohort(story)
    assert len(numbers) > 30
    pairs = {address: text for address, text in numbers.items() if "/score/" not in address}
    assert {address: receipts.get(address) for address in pairs} == {
        address: without_marks(text) for address, text in pairs.items()
    }


def test_the_workbook_shows_the_same_numbers(story: OrganizationStory) -> None:
    content = FORMATS["xlsx"](story)
    receipts, numbers = reading.sheet_receipts(content), numbers_of_cohort(story)
    shown = {address: re.sub(r" \([^)]*\)$", "", receipts.get(address, "")) for address in numbers}
    assert shown == numbers
    rows = {str(row[0].value): row for row in reading.sheet_cells(content)["Pairs"]}
    for pair in story.report.pairs:
        row = rows[pair.view.pair.label]
        assert [row[1].value, row[2].value] == [pair.belief, pair.evidence]
        assert str(row[3].value).startswith(pair.verdict)


def test_the_workbook_has_the_values_behind_own_shares(story: OrganizationStory) -> None:
    rows = reading.sheet_cells(FORMATS["xlsx"](story))["Pairs"]
    headings = next([str(cell.value) for cell in row] for row in rows if row[1].value == "Own belief")
    column = headings.index("Own belief, number")
    values = {str(row[0].value): row[column].value for row in rows}
    shares = [pair for pair in story.report.pairs if pair.unit == "points" and pair.belief_dot]
    assert shares
    for pair in shares:
        assert pair.belief_dot is not None
        assert values[pair.view.pair.label] == pytest.approx(pair.belief_dot.value)


def test_the_pdf_shows_the_same_numbers(story: OrganizationStory) -> None:
    content = FORMATS["pdf"](story)
    text, links = squeezed(reading.pdf_text(content)), reading.pdf_links(content)
    numbers = numbers_of_cohort(story)
    assert set(numbers) <= links
    assert all(squeezed(word) in text for word in [*numbers.values(), *own_words(story)])
    assert squeezed(str(story.report.division.verdict)) in text
    for action in story.actions:
        assert squeezed(action.step) in text


def test_the_slides_show_the_same_numbers(story: OrganizationStory) -> None:
    content = FORMATS["pptx"](story)
    text, notes = squeezed("\n".join(reading.slide_texts(content))), reading.slide_notes(content)
    numbers = numbers_of_cohort(story)
    assert set(numbers) <= set(reading.ADDRESS.findall(notes))
    assert all(squeezed(word) in text for word in [*numbers.values(), *own_words(story)])
    for action in story.actions:
        assert squeezed(action.step) in text
        assert squeezed(action.action.matters) in squeezed(notes)


@pytest.mark.parametrize("form", FORMATS)
def test_each_file_has_scores_waves_and_frameworks(story: OrganizationStory, form: str) -> None:
    content = FORMATS[form](story)
    text = squeezed(
        reading.pdf_text(content)
        if form == "pdf"
        else "\n".join(reading.slide_texts(content))
        if form == "pptx"
        else str(
            [cell.value for rows in reading.sheet_cells(content).values() for row in rows for cell in row]
        )
    )
    for score in story.report.scores:
        assert squeezed(score.title) in text
        assert squeezed(score.standing) in text
    for wave in story.report.waves:
        assert squeezed(wave.title) in text
    for framework in story.frameworks:
        assert squeezed(framework.name) in text
    assert squeezed(own_phrases.synthetic(story)) in text


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_report_makes_the_same_bytes(story: OrganizationStory, form: str) -> None:
    first = FORMATS[form](story)
    time.sleep(1.1)
    assert FORMATS[form](story) == first


def test_the_digest_depends_on_the_answers(story: OrganizationStory) -> None:
    pairs = [replace(story.report.pairs[0], belief="Another answer"), *story.report.pairs[1:]]
    assert digest_of(story) == digest_of(replace(story))
    assert digest_of(replace(story, report=replace(story.report, pairs=pairs))) != digest_of(story)


def test_the_pdf_is_tagged_and_has_the_fonts_of_the_repository(story: OrganizationStory) -> None:
    content = FORMATS["pdf"](story)
    tags = reading.pdf_tags(content)
    assert tags.count("H1") == 1
    assert tags.count("Figure") == 2
    assert tags.count("Table") >= 5
    assert reading.pdf_fonts(content) == {"Inter-Regular-Identity-H", "Inter-Bold-Identity-H"}


def test_charts_are_native_and_described(story: OrganizationStory) -> None:
    [(chart, alt)] = reading.slide_charts(FORMATS["pptx"](story))
    assert chart.chart_type.name == "XY_SCATTER"
    assert "The table has the numbers" in alt
    with ZipFile(BytesIO(FORMATS["xlsx"](story))) as archive:
        assert "xl/charts/chart1.xml" in archive.namelist()


def test_hostile_texts_stay_texts_in_the_pdf(hostile: OrganizationStory) -> None:
    text = squeezed(reading.pdf_text(FORMATS["pdf"](hostile)))
    assert "root:x:" not in text
    assert squeezed(HOSTILE[0]) in text
    assert squeezed(HOSTILE[7]) in text


def test_hostile_texts_stay_texts_in_the_workbook(hostile: OrganizationStory) -> None:
    content = FORMATS["xlsx"](hostile)
    cells = [cell for rows in reading.sheet_cells(content).values() for row in rows for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not [cell for cell in cells if cell.hyperlink]
    assert {HOSTILE[1], HOSTILE[2]} <= {cell.value for cell in cells}


def test_hostile_texts_stay_texts_on_slides(hostile: OrganizationStory) -> None:
    content = FORMATS["pptx"](hostile)
    text = "\n".join(reading.slide_texts(content))
    assert HOSTILE[0] in text
    assert HOSTILE[1] in text
    with ZipFile(BytesIO(content)) as archive:
        relations = [archive.read(name) for name in archive.namelist() if name.endswith(".rels")]
    assert not [one for one in relations if b'TargetMode="External"' in one]


def test_a_report_without_a_release_has_files(story: OrganizationStory) -> None:
    alone = replace(story, report=replace(story.report, release=None, scores=[], waves=[]), actions=[])
    for form, write in FORMATS.items():
        assert write(alone), form
    assert "no published release" in " ".join(story_data(alone)["method"])


@pytest.mark.parametrize("form", FORMATS)
def test_the_demo_lists_files_that_its_member_opens(
    participation: Participation, demo_of_60: dict[str, Any], form: str, settings: Any
) -> None:
    files = {entry["format"]: entry for entry in demo_of_60["documents"] if entry["kind"] == "organization"}
    assert files[form]["organization"] == participation.organization.slug
    client, path = Client(), files[form]["url"].removeprefix(settings.BASE_URL)
    assert client.get(path).status_code == 302
    client.force_login(get_user_model().objects.get(email="member@demo.example"))
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == TYPES[Document.Format(form)]
