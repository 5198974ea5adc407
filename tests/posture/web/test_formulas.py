"""Tests that no text in an exported table is a formula: 120 formulas in every column, and a list of all writers of
tables."""

import ast
import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from openpyxl import load_workbook

from posture.launch.places import ROOT
from posture.models import Benchmark
from posture.views.tables import csv_response, xlsx_response
from surveys.exports import csv_text as module
from surveys.exports.csv_text import cell, csv_text, text_of_cell
from tests.support.hostile_texts import FORMULAS, MORE_TEXTS

SKIPPED = {"Zs", "Zl", "Zp", "Cc", "Cf"}
WRITERS = {"surveys/exports/csv_text.py": {"csv.writer"}, "posture/views/tables.py": {"xlsxwriter.Workbook"}}
WRITING = re.compile(r"csv\.(?:DictW|w)riter|xlsxwriter\.\w+|openpyxl\.\w+|\.to_csv|\.to_excel|\.write_csv")


def runs_as_formula(text: str) -> bool:
    """Returns whether a spreadsheet would run the text. It skips blanks and reads full-width characters as plain
    ones; a plain number runs nothing."""
    shown = text.lstrip("".join(one for one in text if unicodedata.category(one) in SKIPPED))
    starts = unicodedata.normalize("NFKC", shown[:1])
    try:
        float(text)
    except ValueError:
        return starts in tuple("=+-@") or text[:1] in tuple("\t\r\n\0")
    return False


def csv_cells(text: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), strict=True)


def xlsx_cells(content: bytes) -> list[list[tuple[str, object]]]:
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return [[(one.data_type, one.value) for one in row] for row in sheet.iter_rows()]


def test_the_judge_knows_a_formula() -> None:
    assert all(runs_as_formula(text) for text in FORMULAS)
    assert not any(runs_as_formula(text) for text in ("plain", "'=1", "-5", "1-1", ""))


def test_no_formula_leaves_in_csv() -> None:
    written = csv_text(FORMULAS, [FORMULAS, reversed(FORMULAS)])
    rows = list(csv_cells(written))
    assert [len(row) for row in rows] == [120] * 3
    assert [text for row in rows for text in row if runs_as_formula(text)] == []


def test_a_written_table_is_read_as_it_was() -> None:
    texts = [*FORMULAS, *MORE_TEXTS]
    (_, *rows) = csv_cells(csv_text(["text"], ([text] for text in texts)))
    # Some readers take a line with a single empty text for an empty line, so it is written quoted.
    assert [text_of_cell(row[0]) for row in rows] == texts


def test_numbers_stay_numbers() -> None:
    assert csv_text(["n"], [[-5], [-0.25], ["-5"], [None], [True]]) == 'n\n-5\n-0.25\n-5\n""\nTrue\n'


def test_no_formula_leaves_in_xlsx() -> None:
    texts = [text for text in FORMULAS if "\x00" not in text]
    response = xlsx_response("table", texts, [texts, [-5, 0.5, *texts[2:]]], note="=1+1")
    rows = xlsx_cells(response.content)
    assert [kind for row in rows for kind, _ in row if kind == "f"] == []
    assert [one for row in rows for _, one in row if isinstance(one, str) and runs_as_formula(one)] == []
    assert rows[4][:2] == [("n", -5), ("n", 0.5)]


@pytest.mark.django_db
def test_no_formula_leaves_by_a_page(client: Client) -> None:
    Benchmark.objects.bulk_create(
        Benchmark(**benchmark(number, text)) for number, text in enumerate(FORMULAS) if "\0" not in text
    )
    rows = list(csv_cells(client.get("/benchmarks.csv").content.decode()))
    assert len(rows) == 109
    assert [text for row in rows for text in row if runs_as_formula(text)] == []


def benchmark(number: int, text: str) -> dict[str, object]:
    fields = Benchmark._meta.get_fields()
    texts = {one.name: text for one in fields if one.get_internal_type() == "TextField"}
    numbers = {"value": 1, "decimals": 0, "n": 1, "position": number}
    return {**texts, **numbers, "code": f"B{number}", "grade": "A", "unit": "percent", "family": text[:60]}


def test_without_the_guard_this_would_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: no text counts as dangerous."""
    monkeypatch.setattr(module, "DANGEROUS", re.compile("(?!)"))
    rows = list(csv_cells(csv_response("table", FORMULAS, [FORMULAS]).content.decode()))
    assert [text for row in rows for text in row if runs_as_formula(text)] == [*FORMULAS, *FORMULAS]


def written_in(path: Path) -> set[str]:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    return {found.group() for call in calls if (found := WRITING.search(ast.unparse(call)))}


def test_every_writer_of_tables_is_known() -> None:
    found = {}
    for folder in ("surveys", "posture"):
        for path in (ROOT / folder).rglob("*.py"):
            if writing := written_in(path):
                found[str(path.relative_to(ROOT))] = writing
    assert found == WRITERS


def test_a_writer_of_its_own_would_show(tmp_path: Path) -> None:
    """The negative control of the list of writers."""
    planted = tmp_path / "planted.py"
    planted.write_text("import csv\n\ndef export(file, rows):\n    csv.writer(file).writerows(rows)\n")
    assert written_in(planted) == {"csv.writer"}


@pytest.mark.parametrize("change", [cell, text_of_cell])
def test_long_texts_take_no_time(change: Callable[[str], object]) -> None:
    for text in ("'" * 1_000_000, " " * 1_000_000, "'" + " " * 1_000_000, "-" + "1" * 1_000_000):
        change(text)
