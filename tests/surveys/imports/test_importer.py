"""Tests the import of the real file and of files with faults. Every row is accounted for."""

import csv
from collections.abc import Callable
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from surveys.imports import pacing
from surveys.imports.batch import BatchWriter
from surveys.models import Answer, AnswerVersion, Response
from tests.support.answers import given_by_item

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]

REAL_FILE = Path(__file__).resolve().parents[2] / "reference" / "cloud-native-security-2021.csv"
MAPPING = "cloud-native-security-2021"
Table = list[list[str]]


@pytest.fixture(autouse=True)
def definitions() -> None:
    call_command("load_definitions", verbosity=0)


def run(path: Path = REAL_FILE) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_responses", path, mapping=MAPPING, stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue().strip()


def changed(tmp_path: Path, change: Callable[[Table], object]) -> Path:
    with REAL_FILE.open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.reader(file))
    change(table)
    path = tmp_path / "changed.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(table)
    return path


def rows() -> list[object]:
    return [list(model.objects.order_by("pk").values()) for model in (Response, Answer, AnswerVersion)]


def test_the_real_file_twice() -> None:
    assert run() == ("71 read = 71 inserted + 0 updated + 0 unchanged + 0 rejected + 0 duplicate", "")
    before = rows()
    assert run() == ("71 read = 0 inserted + 0 updated + 71 unchanged + 0 rejected + 0 duplicate", "")
    assert rows() == before


def test_a_corrected_answer_is_updated_and_keeps_its_history(tmp_path: Path) -> None:
    run()
    versions = AnswerVersion.objects.count()

    def correct(table: Table) -> None:
        table[2][table[1].index("Image Scanning")] = ""

    assert run(changed(tmp_path, correct))[0].startswith("71 read = 0 inserted + 1 updated + 70 unchanged")
    assert AnswerVersion.objects.count() == versions + 1


def test_each_bad_row_is_named_and_the_rest_goes_in(tmp_path: Path) -> None:
    def spoil(table: Table) -> None:
        table[2][1] = "yesterday"
        table[3] = table[3][:-1]
        table[4][0] = ""
        table[5][table[1].index("Image Scanning")] = "Photo scanning"
        table[6][5] = "Ever so long"
        table[7][1] = "05/24/2020 12:05:53 PM"
        table.append(table[8])

    text, errors = run(changed(tmp_path, spoil))
    assert text == "72 read = 65 inserted + 0 updated + 0 unchanged + 6 rejected + 1 duplicate"
    lines = errors.splitlines()
    assert [line.split(",")[0] for line in lines] == [
        "line 3",
        "line 4",
        "line 5",
        "line 6",
        "line 7",
        "line 8",
        "line 74",
    ]
    assert "Start Date: expected a time like %m/%d/%Y %I:%M:%S %p, found 'yesterday'" in lines[0]
    assert "expected 39 cells, found 38" in lines[1]
    assert "Respondent ID: expected an identifier" in lines[2]
    assert "Image Scanning: expected 'Image Scanning' or nothing, found 'Photo scanning'" in lines[3]
    assert "expected one of its options ('Less than 1 year', " in lines[4]
    assert "found 'Ever so long'" in lines[4]
    assert "expected a time from 2021-01-01 to 2021-07-01" in lines[5]
    assert "the same respondent as line 9" in lines[6]


def test_a_missing_column_stops_before_anything_is_read(tmp_path: Path) -> None:
    def cut(table: Table) -> None:
        table[0][5] = "Something else"

    with pytest.raises(CommandError, match="For how many years"):
        run(changed(tmp_path, cut))
    assert not Response.objects.exists()


@pytest.mark.parametrize("content", [b"", b"only one row\n", b"\xff\xfe\x00", b'a,b\nc,d\n"open quote,1\n'])
def test_an_unreadable_table_is_one_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError):
        run(path)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(CommandError, match=r"nowhere\.csv"):
        run(Path("nowhere.csv"))


def test_an_interrupted_import_keeps_what_it_read_and_ends_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    write = BatchWriter.write
    calls = iter(range(1000))

    def write_four_batches(writer: BatchWriter, lines: Any, *, at: datetime) -> Any:
        outcomes = write(writer, lines, at=at)
        if next(calls) == 4:
            raise KeyboardInterrupt
        return outcomes

    monkeypatch.setattr(pacing, "MAX_ROWS", 10)
    monkeypatch.setattr(pacing, "FIRST_ANSWERS", 100)
    monkeypatch.setattr(BatchWriter, "write", write_four_batches)
    with pytest.raises(KeyboardInterrupt):
        run()
    monkeypatch.undo()
    assert Response.objects.count() == 40
    assert run()[0] == "71 read = 31 inserted + 0 updated + 40 unchanged + 0 rejected + 0 duplicate"


def test_free_text_is_imported_as_text() -> None:
    run()
    given = given_by_item(Response.objects.get(source_row="12687305205").answers.all())
    assert [text for _, text in given["CATEGORY"].texts] == ["Media"]


def test_the_error_names_no_path_of_a_mapping_that_is_missing() -> None:
    with pytest.raises(CommandError, match=r"There is no mapping nothing\.toml"):
        call_command("import_responses", REAL_FILE, mapping="nothing")
