"""Tests the import of unchanged published survey files: its counts equal those of an independent reader."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from surveys.fieldwork.questionnaire_loader import load_questionnaire
from surveys.imports.importer import import_responses
from surveys.imports.mapping import parse
from surveys.models import Answer, Organization, Questionnaire, Response

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
FILE = REFERENCE / "cloud-native-observability-2021.csv"
RESPONDENTS = 186


def counts_of_file() -> tuple[Counter[str], Counter[str]]:
    """Counts with the standard library the marks of each option, and the numbers of each column."""
    with FILE.open(encoding="utf-8", newline="") as file:
        _, header, *rows = csv.reader(file)
    marked, numbers = Counter[str](), Counter[str]()
    for row in rows:
        for name, cell in zip(header, row, strict=True):
            if cell == name or name == "Response":
                marked[cell] += bool(cell)
            elif cell.isdecimal():
                numbers[name] += 1
    return marked, numbers


@pytest.fixture
def questionnaire() -> Questionnaire:
    name = "cloud-native-observability-2021.1.toml"
    load_questionnaire((REFERENCE / name).read_text("utf-8"), name=name, at=timezone.now())
    return Questionnaire.objects.get(slug="cloud-native-observability")


def test_a_file_without_identifiers_and_dates_with_a_grid_of_ranks(questionnaire: Questionnaire) -> None:
    text = (REFERENCE / "cloud-native-observability-2021.mapping.toml").read_text("utf-8")
    mapping = parse(text, name="mapping")
    report = import_responses(FILE, mapping, questionnaire, at=timezone.now())
    assert report.remarks == []
    assert report.counts["inserted"] == Response.objects.count() == RESPONDENTS
    unread = [note for note in report.notes if "not in the mapping" in note]
    assert len(unread) == 2, "words beside the two grids of ranks have no item"
    marked, numbers = counts_of_file()
    singles = Answer.objects.filter(option__isnull=False).values_list("option__label", flat=True)
    multiples = Answer.objects.filter(selections__isnull=False).values_list(
        "selections__option__label", flat=True
    )
    stored = Counter([*singles, *multiples])
    text_labels = {label for label in stored if "specify" in label}
    assert {label: stored[label] for label in marked if label and label not in text_labels} == {
        label: number for label, number in marked.items() if label and label not in text_labels
    }
    assert Answer.objects.filter(item__code="SIGNALS-METRICS").count() == numbers["Metrics"] == 103
    assert Answer.objects.filter(number__isnull=False).count() == sum(numbers.values())
    assert Organization.objects.filter(region="europe").count() == 92
    again = import_responses(FILE, mapping, questionnaire, at=timezone.now())
    assert again.counts["unchanged"] == RESPONDENTS


def test_the_security_survey_has_nothing_that_is_not_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("load_definitions", verbosity=0)
    capsys.readouterr()
    call_command(
        "import_responses",
        REFERENCE / "cloud-native-security-2021.csv",
        mapping="cloud-native-security-2021",
    )
    assert capsys.readouterr().err == ""
