"""Tests text files as programs write them: pandas reads the same cells as another reader, with the right line
numbers."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.launch.places import ROOT
from surveys.imports.table_reader.bounds import Bounds, FileRefused, TableFormat, to_arguments
from surveys.imports.table_reader.separated import SEPARATORS
from surveys.imports.uploads import UploadRefused, read_table
from tests.surveys.imports.files import as_csv, read
from tests.surveys.imports.test_uploads import resource_use

MEGABYTE = 1_000_000
CELL = st.text(
    st.characters(codec="cp1252", exclude_categories=("Cc",)) | st.sampled_from('\n",;\t|"'), max_size=8
)
TABLES = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=8)
)


def python_reads(text: str, separator: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows, line = [], 1
    for cells in reader:
        if cells:
            rows.append((line, cells))
        line = reader.line_num + 1
    return rows


@settings(max_examples=200, deadline=None)
@given(
    table=TABLES,
    separator=st.sampled_from(SEPARATORS),
    line_end=st.sampled_from(["\n", "\r\n", "\r\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    cut=st.integers(0, 3),
)
def test_every_cell_of_a_file_is_read_in_its_line(
    table: list[list[str]], separator: str, line_end: str, encoding: str, cut: int
) -> None:
    """`cut`: the number of cells that are left out of the last row, as spreadsheets do."""
    table[-1] = table[-1][: max(1, len(table[-1]) - cut)]
    text = as_csv(table, separator=separator, line_end="\n")
    expected = python_reads(text, separator)
    content = text.replace("\n", line_end).encode(encoding)
    declared = {"cp1252": "windows-1252", "utf-8": "utf-8"}.get(encoding, "")
    rows, _ = read(content, TableFormat(encoding=declared, separator=separator))
    assert rows == expected


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('a,b\n24" wide,2\n', [["a", "b"], ['24" wide', "2"]]),
        ('a,b\n"24"" wide",2\n', [["a", "b"], ['24" wide', "2"]]),
        ('a,b\n"x\r\r\ny",2\r\r\n', [["a", "b"], ["x\ny", "2"]]),
        ("a|b\n1|2\n", [["a", "b"], ["1", "2"]]),
        ("a,b\nNA,null\n", [["a", "b"], ["NA", "null"]]),
        ("a,b\n007,1.50\n", [["a", "b"], ["007", "1.50"]]),
        ("a,b,c\n1\n2,3,4,5\n", [["a", "b", "c"], ["1"], ["2", "3", "4", "5"]]),
    ],
)
def test_cells_come_as_they_are_written(text: str, rows: list[list[str]]) -> None:
    assert [cells for _, cells in read(text.encode())[0]] == rows


def test_blank_lines_are_named() -> None:
    rows, notes = read(b"a,b\n\n1,2\n\n\n3,4\n")
    assert rows == [(1, ["a", "b"]), (3, ["1", "2"]), (6, ["3", "4"])]
    assert notes == ["3 blank lines are no rows: 2, 4, 5."]


def test_dates_are_rewritten_and_other_texts_stay() -> None:
    text = "id,When \n1,05/24/2021 12:05:53 PM\n2, 05/24/2021 12:05:53 AM\n3,24.5.2021\n4,\n"
    rows, _ = read(text.encode(), TableFormat(dates=(("When", "%m/%d/%Y %I:%M:%S %p"),)))
    times = [cells[1] for _, cells in rows[1:]]
    assert times == ["2021-05-24T12:05:53", "2021-05-24T00:05:53", "24.5.2021", ""]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'a,b\n"x"y,2\n', "After line 1 quotes do not match"),
        (b'a,b\n1,2\n"x,2\n', "After line 2 quotes do not match"),
        (b"a" * 40_000 + b",b\n1,2\n", "more than 32,767 characters"),
        (b"," * 1_000 + b"\n", "more than 1,000 columns"),
        (b"a,b\n" * 100_001, "more than 100,000 rows"),
    ],
)
def test_an_invalid_table_is_refused_with_a_reason(content: bytes, message: str) -> None:
    with pytest.raises(FileRefused, match=message):
        read(content)


def test_a_wrong_encoding_is_refused_with_the_line() -> None:
    with pytest.raises(FileRefused, match="The bytes in line 3 are no text"):
        read("a,b\n1,2\nZoë,3\n".encode("cp1252"), TableFormat(encoding="utf-8"))


def test_a_file_of_200_columns_and_more_is_read_in_the_confined_process() -> None:
    header = [f"q{number}" for number in range(215)]
    table = read_table(io.BytesIO(as_csv([header, ["x"] * 215]).encode("cp1252")))
    assert [len(cells) for _, cells in table.rows] == [215, 215]


def test_a_setting_raises_the_largest_file(settings: pytest.FixtureRequest, tmp_path: Path) -> None:
    content = as_csv([["id", "words"], *([str(number), "word " * 20] for number in range(110_000))]).encode()
    assert len(content) > 10 * MEGABYTE
    with pytest.raises(UploadRefused, match="more than 10 MB"):
        read_table(io.BytesIO(content))
    settings.LARGEST_UPLOAD = 20 * MEGABYTE  # type: ignore[attr-defined]
    with pytest.raises(UploadRefused, match="more than 100,000 rows"):
        read_table(io.BytesIO(content))
    settings.UPLOAD_MOST_ROWS = 200_000  # type: ignore[attr-defined]
    assert len(read_table(io.BytesIO(content)).rows) == 110_001


@pytest.mark.long
def test_a_large_file_needs_no_more_memory_than_a_small_one(tmp_path: Path) -> None:
    """Compares 27 MB of rows with a file of two rows: rows are read in chunks."""
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_bytes(b"id,words\n1,x\n")
    with large.open("w") as file:
        file.write("id,words,a,b,c\n")
        file.writelines(f"{number},{'word ' * 10},1,2,3\n" for number in range(400_000))
    arguments = to_arguments(Bounds(100 * MEGABYTE, 1_000_000), TableFormat())
    small_memory, _ = resource_use(small, "-m", "surveys.imports.table_reader", *arguments)
    large_memory, _ = resource_use(large, "-m", "surveys.imports.table_reader", *arguments)
    assert large_memory - small_memory < 40 * MEGABYTE


@pytest.mark.long
def test_pandas_itself_is_confined(tmp_path: Path) -> None:
    """Pandas cannot open any other file."""
    program = (
        "from surveys.imports.table_reader import confinement, separated\n"
        "from surveys.imports.table_reader.bounds import TableFormat\n"
        "separated.load_modules(TableFormat())\n"
        "confinement.confine(largest_output=1000)\n"
        "separated.pd.read_csv('/etc/hostname')\n"
    )
    process = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert process.returncode != 0
    assert "Too many open files" in process.stderr
