"""Tests untrusted files: each is refused with a plain message or read within its limits, without side effects."""

import io
import subprocess
import sys
import time
from pathlib import Path

import pytest
from openpyxl import Workbook

from posture.launch.places import ROOT
from posture.views.tables import xlsx_response
from surveys.imports.table_reader.bounds import Bounds
from surveys.imports.uploads import UploadRefused, display_name, read_table
from tests.support.hostile_texts import FORMULAS, MORE_TEXTS
from tests.surveys.imports.harmful_files import CELL, HARMFUL, HARMLESS, one_text, packed, parts

pytestmark = pytest.mark.long

MAX_GROWTH = 150_000_000
MAX_SECONDS = 5
TOLERANCE = 2
READ_WITHOUT_LIMITS = """
import sys, openpyxl
for sheet in openpyxl.load_workbook(sys.stdin.buffer, read_only=True):
    list(sheet.iter_rows())
"""
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss, used.ru_utime + used.ru_stime)
"""
CONFINED = "from surveys.imports.table_reader.confinement import confine; confine(largest_output=1000)\n"


def resource_use(path: Path, *program: str) -> tuple[int, float]:
    """Returns the peak memory in bytes and the seconds of processor time of a process that reads the file. A small
    process in between starts it, because until it begins its own program a child counts the memory of its parent."""
    with path.open("rb") as file:
        command = [sys.executable, "-c", MEASURE, sys.executable, *program]
        process = subprocess.run(command, stdin=file, capture_output=True, text=True, cwd=ROOT, check=True)
    kilobytes, seconds = process.stdout.split()
    return int(kilobytes) * 1024, float(seconds)


@pytest.fixture(scope="module")
def idle_memory(tmp_path_factory: pytest.TempPathFactory) -> int:
    path = tmp_path_factory.mktemp("small") / "small.csv"
    path.write_bytes(b"a,b\n1,2\n")
    return resource_use(path, "-m", "surveys.imports.table_reader")[0]


@pytest.mark.parametrize("name", HARMFUL)
def test_harmful_files_are_refused_within_limits(name: str, tmp_path: Path, idle_memory: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(HARMFUL[name]())
    if path.stat().st_size <= Bounds().largest_file:
        memory, seconds = resource_use(path, "-m", "surveys.imports.table_reader")
        assert memory - idle_memory <= MAX_GROWTH
        assert seconds <= MAX_SECONDS * TOLERANCE
    with path.open("rb") as file, pytest.raises(UploadRefused) as refused:
        read_table(file)
    assert "<" not in str(refused.value)
    assert len(str(refused.value)) < 200


def test_a_reader_without_limits_would_take_more(tmp_path: Path) -> None:
    """The negative control: the library alone reads a decompression bomb."""
    path = tmp_path / "file"
    path.write_bytes(one_text(100))
    idle_memory, _ = resource_use(path, "-c", "import openpyxl")
    memory, _ = resource_use(path, "-c", READ_WITHOUT_LIMITS)
    assert memory - idle_memory > MAX_GROWTH


@pytest.mark.parametrize("name", HARMLESS)
def test_unusual_files_are_read(name: str) -> None:
    table = read_table(io.BytesIO(HARMLESS[name]()))
    assert [cells for _, cells in table.rows] == [["name", "city"], ["Zoë", "Köln"]]
    assert bool(table.notes) is (name == "Windows-1252")


def test_the_content_decides_and_not_the_name() -> None:
    assert read_table(io.BytesIO(packed(parts(CELL)))).kind == "xlsx"
    assert read_table(io.BytesIO(b"a,b\n")).kind == "csv"


def test_a_workbook_as_people_make_it() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["name", "share", "count", None, "yes"])
    sheet.append(["Zoë", 0.5, 3.0, None, True])
    content = io.BytesIO()
    book.save(content)
    content.seek(0)
    rows = [cells for _, cells in read_table(content).rows]
    assert rows == [["name", "share", "count", "", "yes"], ["Zoë", "0.5", "3", "", "TRUE"]]


def test_an_exported_workbook_is_read_back_equal() -> None:
    texts = [text for text in (*FORMULAS, *MORE_TEXTS) if text and text.isprintable()]
    response = xlsx_response("table", ["text"], ([text] for text in texts), note="note")
    rows = [cells[0] for _, cells in read_table(io.BytesIO(response.content)).rows]
    assert rows == ["note", "text", *texts]


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/hostname')",
        "__import__('socket').socket()",
        "__import__('os').system('true') == 0 or 1/0",
        "bytearray(400_000_000)",
        "print('x' * 5_000, flush=True)",
        "[0 for _ in iter(int, 1)]",
    ],
)
def test_the_confined_process_can_do_nothing_else(attempt: str, tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        program = "import socket, os\n" + CONFINED + attempt
        process = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, stdout=out, stderr=subprocess.PIPE
        )
    assert process.returncode != 0


def test_an_unconfined_process_can() -> None:
    """The negative control of the test above."""
    process = subprocess.run(
        [sys.executable, "-c", "open('/etc/hostname'); bytearray(400_000_000)"], cwd=ROOT
    )
    assert process.returncode == 0


def test_a_reader_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surveys.imports.table_reader.bounds.SECONDS", -10)
    started = time.monotonic()
    with pytest.raises(UploadRefused):
        read_table(io.BytesIO(b"a,b\n" * 1_000_000))
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("answers.csv", "answers.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\answers.csv", "answers.csv"),
        ("a\r\nSet-Cookie: x\u202efdp.csv", "a��Set-Cookie: x�fdp.csv"),
        ("", "a file"),
        ("x" * 5_000, "x" * 100),
    ],
)
def test_display_names_of_files(name: str, expected: str) -> None:
    assert display_name(name) == expected
