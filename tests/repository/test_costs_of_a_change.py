"""Tests how many files a change touches: each change is made on a copy of the repository, and then works there.

CONTRIBUTING.md lists the same numbers."""

import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from posture.launch.places import ROOT

pytestmark = pytest.mark.long

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PARTS = (
    "posture",
    "surveys",
    "templates",
    "static",
    "tests/access",
    "manage.py",
    "GLOSSARY.md",
    "METHODS.md",
)

Edits = dict[str, tuple[str, str]]

BENCHMARK: Edits = {
    "posture/definitions/benchmarks/smaller-sources.toml": (
        "",
        """
[[benchmarks]]
code = "EXAMPLE-1"
value = 12
unit = "percent"
wording = "An example."
base = "organisations"
n = 100
grade = "C"
publisher = "Example"
publication = "An example"
""",
    ),
}
REPORT_PAGE: Edits = {
    "posture/reports/pages.py": (
        '    "about": lazy("About"),\n',
        '    "about": lazy("About"),\n    "sources": lazy("Sources"),\n',
    ),
    "templates/posture/report/sources.html": ("", "<h1>Sources</h1>\n"),
    "tests/access/permitted_callers.csv": (
        "/releases/<slug:slug>/about/,GET,everybody\n",
        "/releases/<slug:slug>/about/,GET,everybody\n/releases/<slug:slug>/sources/,GET,everybody\n",
    ),
}
ITEM_TYPE: Edits = {
    "surveys/instrument/questionnaire_definition.py": (
        'ItemType = Literal["percent", "count",',
        'ItemType = Literal["percent", "count", "hours",',
    ),
    "templates/surveys/_item_number.html": (
        '{% if item.type == "percent" %}',
        '{% if item.type == "hours" %}{% translate "Hours" %}{% elif item.type == "percent" %}',
    ),
    "surveys/fieldwork/answer_text.py": (
        "    if answer.number is not None:\n",
        '    if item.type == "hours":\n        yield f"{answer.number} h"\n    elif answer.number is not None:\n',
    ),
    "posture/reports/own_pairs.py": (
        "    if entry.state == ANSWERED and item.is_numeric:\n",
        '    if entry.state == ANSWERED and item.type == "hours":\n'
        '        return f"{number_text.rounded(entry.number)} h"\n'
        "    if entry.state == ANSWERED and item.is_numeric:\n",
    ),
}
NUMERIC_TYPE: Edits = {
    "surveys/instrument/questionnaire_definition.py": (
        'NUMERIC = ("percent", "count")',
        'NUMERIC = ("percent", "count", "hours")',
    )
}
EXPLORER_CHART: Edits = {
    "posture/explorer/query.py": (
        '    HEAT: lazy("Heat table"),\n',
        '    HEAT: lazy("Heat table"),\n    "ranking": lazy("Ranking"),\n',
    ),
    "posture/explorer/drawing.py": (
        "        DUMBBELL: lambda: _dumbbells(rows),\n",
        "        DUMBBELL: lambda: _dumbbells(rows),\n"
        '        "ranking": lambda: _forests(sorted(rows, key=lambda row: -(row.value or 0)), ticks),\n',
    ),
}
ANSWERS = """
from django.template.loader import render_to_string
from surveys.fieldwork.answer_text import answer_lines
from surveys.instrument.questionnaire_definition import Item
from surveys.instrument.routing import AnswerValue
from surveys.instrument.validity import _expected_value
item = Item(code="H", section="s", role="any", kind="context", type="hours", wording="Hours?", minimum=0, maximum=24)
label = render_to_string("surveys/_item_number.html", {"item": item, "code": "H", "field": {}})
print(answer_lines(item, AnswerValue(number=7)), _expected_value(item, AnswerValue(number=25)), "Hours" in label)
"""
DRAWS = """
from posture.explorer.drawing import draw_chart
from posture.explorer.query import CHARTS
from posture.explorer.table_rows import TableRow
row = TableRow("indicator:a", "A", "share", "", (), "", "share", 40, 40.0, 40.0, 0.5, 0.4, 0.6, True, 0)
print(CHARTS["ranking"], len(draw_chart([row], chart="ranking", choices=None, ticks={}).panels))
"""
READS = """
from posture.definitions import benchmarks
from posture.stored_definitions.catalogue import DEFINITIONS
path = DEFINITIONS / "benchmarks" / "smaller-sources.toml"
print([figure.code for figure in benchmarks.parse(path.read_text("utf-8"), name=path.name).benchmarks])
"""
RESOLVES = """
from django.template.loader import get_template
from django.urls import reverse
get_template("posture/report/sources.html")
print(reverse("posture:report-sources", args=["a-release"]))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for part in PARTS:
        source, target = ROOT / part, tmp_path / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return tmp_path


def apply(edits: Edits, copy: Path) -> None:
    """Replaces the first text by the second in each file; an empty first text means the end of the file."""
    for name, (old, new) in edits.items():
        path = copy / name
        text = path.read_text("utf-8") if path.exists() else ""
        assert old in text, name
        path.write_text(text.replace(old, new, 1) if old else text + new, "utf-8")


def manage(copy: Path, *arguments: str) -> str:
    var = copy / "var"
    (var / "static").mkdir(parents=True, exist_ok=True)
    environment = {"POSTURE_EMBEDDED": "1", "POSTURE_VAR": str(var), "SECRET_KEY": secrets.token_hex(32)}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=copy,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def cost(change: str) -> int:
    """Returns the number of files that CONTRIBUTING.md states for a change."""
    row = next(line for line in CONTRIBUTING.splitlines() if line.startswith(f"| {change} |"))
    return int(row.split("|")[2])


def test_a_benchmark_is_one_file(copy: Path) -> None:
    assert len(BENCHMARK) == cost("A benchmark") == 1
    apply(BENCHMARK, copy)
    assert "EXAMPLE-1" in manage(copy, "shell", "--no-imports", "-c", READS)


def test_a_page_of_the_report_is_three_files(copy: Path) -> None:
    assert len(REPORT_PAGE) == cost("A page of the gap report") <= 4
    apply(REPORT_PAGE, copy)
    assert manage(copy, "shell", "--no-imports", "-c", RESOLVES).strip() == "/releases/a-release/sources/"


def test_an_item_type_is_at_most_six_files(copy: Path) -> None:
    assert len(ITEM_TYPE | NUMERIC_TYPE) == cost("An item type") <= 6
    apply(ITEM_TYPE, copy)
    apply(NUMERIC_TYPE, copy)
    printed = manage(copy, "shell", "--no-imports", "-c", ANSWERS).strip()
    assert printed == "['7 h'] a whole number from 0 to 24 True"


def test_a_chart_of_the_explorer_is_two_files(copy: Path) -> None:
    assert len(EXPLORER_CHART) == cost("A chart of the explorer") == 2
    apply(EXPLORER_CHART, copy)
    assert manage(copy, "shell", "--no-imports", "-c", DRAWS).strip() == "Ranking 1"
