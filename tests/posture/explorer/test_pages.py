"""Tests the explorer's page, CSV and XLSX over HTTP, on answers that the job of the worker has counted."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from posture.explorer.frames import refresh
from posture.models import ReleasedCut, SavedView, TargetSet
from surveys.models import Wave
from tests.support.builders import NOW, chose, make_organization, make_response, make_user, make_wave

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]

PAGE = "/studio/explorer/small/"
FORMULA_TEXT = "=HYPERLINK(1)"


@pytest.fixture(autouse=True)
def separate_frames_folder(settings: Any, tmp_path: Path) -> None:
    """Uses a separate folder, so that counts of other tests are not found."""
    settings.VAR = tmp_path


@pytest.fixture
def wave() -> Wave:
    """Twelve organisations, seven of them in retail, four with an incident on record."""
    wave = make_wave()
    for number in range(12):
        organization = make_organization(f"org-{number}", sector="retail" if number < 7 else "energy")
        answer = "yes" if number % 3 == 0 else "no"
        make_response(wave, organization, "engineer", {"I-R": chose(answer, basis="exported")}, submit=True)
    return wave


@pytest.fixture
def analyst() -> Client:
    client = Client()
    client.force_login(make_user("analyst", is_staff=True))
    return client


def rows(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def test_before_anything_is_counted_the_page_says_so(wave: Wave, analyst: Client) -> None:
    page = analyst.get(PAGE)
    assert page.status_code == 200
    assert b"The worker is counting the answers." in page.content
    assert analyst.get(f"{PAGE}table.csv").headers["Location"] == PAGE


def test_the_numbers_are_those_of_the_answers(wave: Wave, analyst: Client) -> None:
    refresh("small", at=NOW)

    table_rows = rows(analyst.get(f"{PAGE}table.csv?show=item:I-R&by=sector"))

    yes = {row["group"]: row for row in table_rows if row["option"] == "yes"}
    assert {group: (row["base"], float(row["value"])) for group, row in yes.items()} == {
        "Retail or consumer": ("7", 3 / 7),
        "Energy or utilities": ("5", 1 / 5),
    }
    assert {(row["releasable"], row["answers_needed"]) for row in yes.values()} == {("no", "3"), ("no", "5")}


def test_the_page_shows_value_base_and_releasability(wave: Wave, analyst: Client) -> None:
    refresh("small", at=NOW)
    page = analyst.get(f"{PAGE}?show=item:I-R&by=sector").content.decode()
    assert "3 more answers needed" in page
    assert 'id="chart-percent"' in page
    heat = analyst.get(f"{PAGE}?show=item:I-R&by=sector&chart=heat").content.decode()
    assert 'class="heat"' in heat
    assert 'id="chart-percent"' not in heat


def test_new_answers_are_announced_until_the_next_refresh(wave: Wave, analyst: Client) -> None:
    refresh("small", at=NOW)
    make_response(
        wave,
        make_organization("late"),
        "engineer",
        {"I-R": chose("yes", basis="exported")},
        submit=True,
        at=NOW,
    )
    assert b"Answers have changed since then" in analyst.get(f"{PAGE}?show=item:I-R").content
    refresh("small", at=NOW)
    page = analyst.get(f"{PAGE}?show=item:I-R").content
    assert b"Answers have changed since then" not in page
    assert b"Largest base: 13 organisations" in page


def test_the_spreadsheet_holds_the_same_and_says_that_it_is_not_released(wave: Wave, analyst: Client) -> None:
    refresh("small", at=NOW)
    book = zipfile.ZipFile(io.BytesIO(analyst.get(f"{PAGE}table.xlsx?show=item:I-R").content))
    texts = [
        node.text for node in ElementTree.fromstring(book.read("xl/sharedStrings.xml")).iter() if node.text
    ]
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "not released: for analysts only" in texts
    assert "answers_needed" in texts
    assert str(4 / 12)[:12] in sheet
    assert "<f>" not in sheet, "nothing is a formula"


def test_an_invalid_parameter_is_reported(wave: Wave, analyst: Client) -> None:
    refresh("small", at=NOW)
    page = analyst.get(f"{PAGE}?by=colour&show=item:I-R")
    assert page.status_code == 400
    assert "by: expected one of sector, size_band, region, wave, found “colour”." in page.content.decode()
    assert b"Largest base" in page.content, "the rest is answered"
    assert analyst.get("/studio/explorer/nothing/").status_code == 404


def test_a_view_is_saved_with_its_question_and_opened_again(wave: Wave, analyst: Client) -> None:
    saved = analyst.post(
        f"{PAGE}views/", {"name": FORMULA_TEXT, "address": "by=sector&show=item:I-R&x=1"}, follow=True
    )
    assert "is saved" in saved.content.decode()
    view = SavedView.objects.get()
    assert "x=1" not in view.address
    assert "by=sector" in view.address
    assert f"{PAGE}?{view.address}".replace("&", "&amp;") in saved.content.decode()
    assert b"Give the view a name" in analyst.post(f"{PAGE}views/", {"name": " "}, follow=True).content
    analyst.post(f"/studio/views/{view.pk}/delete/")
    assert not SavedView.objects.exists()


def test_a_cut_is_added_from_a_question_that_crosses_two_dimensions(wave: Wave, analyst: Client) -> None:
    address = "by=region&and=sector&show=item:I-R"
    analyst.post(f"{PAGE}cuts/", {"address": address, "into": wave.slug})
    assert ReleasedCut.objects.get().dimensions == "sector+region"
    for data, message in (
        ({"address": "by=region", "into": wave.slug}, b"crosses two"),
        ({"address": f"{address}&answer=I-R:yes", "into": wave.slug}, b"must not depend on an answer"),
        ({"address": address, "into": "nowhere"}, b"Choose a wave"),
    ):
        assert message in analyst.post(f"{PAGE}cuts/", data, follow=True).content
    assert ReleasedCut.objects.count() == 1


def make_targets(**sectors: int) -> None:
    targets = TargetSet.objects.create(
        code="nation",
        title="The nation",
        population="x",
        source="x",
        as_of=NOW,
        vouched_by="x",
        stored_at=NOW,
    )
    for position, (category, count) in enumerate(sectors.items()):
        targets.counts.create(dimension="sector", category=category, count=count, position=position)


def test_weights_come_from_population_targets(wave: Wave, analyst: Client) -> None:
    refresh("small", at=NOW)
    make_targets(retail=500, energy=500)
    table_rows = rows(analyst.get(f"{PAGE}table.csv?show=item:I-R&weighted=nation"))
    yes = next(row for row in table_rows if row["option"] == "yes")
    assert float(yes["value"]) == pytest.approx((3 / 7 + 1 / 5) / 2)
    assert float(yes["weighted_base"]) == pytest.approx(12)
    assert float(yes["effective_base"]) < int(yes["base"]) == 12
    assert b"Weighted to: The nation" in analyst.get(f"{PAGE}?show=item:I-R&weighted=nation").content


def test_a_wave_that_cannot_be_weighted_is_named_with_the_reason(wave: Wave, analyst: Client) -> None:
    refresh("small", at=NOW)
    make_targets(retail=500, energy=300, healthcare=200)
    page = analyst.get(f"{PAGE}?show=item:I-R&weighted=nation").content.decode()
    assert "A wave: sector: a target for healthcare, but no respondents" in page
