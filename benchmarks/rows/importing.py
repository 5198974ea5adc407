"""Candidates that import a generated answer file, and those that process the same cells with pandas and the raw
driver."""

import csv
import itertools
import os
import random
import time
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from benchmarks.protocol import Call
from benchmarks.rows.writing import HEAD
from surveys.fieldwork.questionnaire_loader import load_questionnaire
from surveys.imports import importer
from surveys.imports.batch import BatchWriter
from surveys.imports.mapping import Mapping, parse
from surveys.models import Questionnaire

OPTIONS = 5
KINDS = ("single",) * 5 + ("percent", "multiple")
WAVE = """
questionnaire = "generated-%s"
header_rows = 1
wave = { slug = "%s", title = "Imported", opens_at = 2026-01-01T00:00:00Z, closes_at = 2026-03-01T00:00:00Z }

[respondent]
role = "respondent"
id = "id"
started = "started"
submitted = "submitted"
date_format = "%%Y-%%m-%%d %%H:%%M"
"""
numbers = itertools.count()


def load(items: int) -> Call:
    """Loads the version of the questionnaire with this number of items."""
    head = HEAD.replace('version = "1"', f'version = "{items}"')
    text = head + "".join(_item(number) for number in range(items))
    load_questionnaire(text, name=f"generated-{items}.toml", at=timezone.now())
    return lambda: None


def _kind(number: int) -> str:
    return KINDS[number % len(KINDS)]


def _item(number: int) -> str:
    kind = _kind(number)
    options = ", ".join(f'{{ code = "o{place}", label = "Option {place}" }}' for place in range(OPTIONS))
    answer = "minimum = 0\nmaximum = 100" if kind == "percent" else f"options = [{options}]"
    return f"""
[[items]]
code = "Q{number}"
section = "all"
role = "respondent"
kind = "context"
type = "{kind}"
wording = "What is it?"
{answer}
"""


def _mapping(items: int) -> Mapping:
    columns = [
        f'[[items]]\nitem = "Q{number}"\ncolumn = "q{number}"\n'
        + ('separator = ";"\n' if _kind(number) == "multiple" else "")
        for number in range(items)
    ]
    slug = f"imported-{time.time_ns()}-{next(numbers)}"
    return parse(WAVE % (items, slug) + "".join(columns), name="generated")


@cache
def _file(rows: int, items: int) -> Path:
    path = Path(settings.VAR) / f"answers-{rows}-{items}.csv"
    chance = random.Random(rows * items)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "started", "submitted", *(f"q{number}" for number in range(items))])
        for row in range(rows):
            cells = [_cell(_kind(number), chance) for number in range(items)]
            writer.writerow([f"R-{row}", "2026-01-02 10:00", "2026-01-02 10:30", *cells])
    return path


def _cell(kind: str, chance: random.Random) -> str:
    if kind == "percent":
        return str(chance.randint(0, 100))
    if kind == "single":
        return f"Option {chance.randrange(OPTIONS)}"
    chosen = sorted(chance.sample(range(OPTIONS), chance.randint(0, 3)))
    return ";".join(f"Option {place}" for place in chosen)


# Seconds: the duration of the longest transaction of the import with its commit, and the processor time.
Cost = tuple[float, float]


def _processor_seconds() -> float:
    """Returns the processor time of this process, of the child that reads the file, and of the server process of
    PostgreSQL."""
    seconds = sum(os.times()[:4])
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        stat = Path(f"/proc/{connection.connection.info.backend_pid}/stat")
        if stat.exists():
            # The name in parentheses may contain spaces; user and system time are the 12th and 13th value after it.
            values = stat.read_text().rpartition(")")[2].split()
            seconds += (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")
    return seconds


class _Longest:
    """Records the longest transaction of the import, and its processor time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @property
    def cost(self) -> Cost:
        return self.seconds, _processor_seconds() - self._processor

    def __enter__(self) -> "_Longest":
        self._processor = _processor_seconds()
        self._write, longest = BatchWriter.write, self

        def write(writer: BatchWriter, *arguments: Any, **named: Any) -> Any:
            began = time.monotonic()
            transaction.on_commit(lambda: longest.note(time.monotonic() - began))
            return longest._write(writer, *arguments, **named)

        BatchWriter.write = write  # type: ignore[method-assign]
        return self

    def note(self, seconds: float) -> None:
        self.seconds = max(self.seconds, seconds)

    def __exit__(self, *_: object) -> None:
        BatchWriter.write = self._write  # type: ignore[method-assign]


def import_file(rows: int, items: int) -> Call:
    """Imports into a new wave in each call."""
    path, questionnaire = _file(rows, items), Questionnaire.objects.get(slug="generated", version=items)

    def call() -> Cost:
        with _Longest() as longest:
            _check(
                importer.import_responses(path, _mapping(items), questionnaire, at=timezone.now()),
                "inserted",
            )
        return longest.cost

    return call


def import_again(rows: int, items: int) -> Call:
    path, questionnaire = _file(rows, items), Questionnaire.objects.get(slug="generated", version=items)
    mapping = _mapping(items)
    importer.import_responses(path, mapping, questionnaire, at=timezone.now())

    def call() -> Cost:
        with _Longest() as longest:
            _check(importer.import_responses(path, mapping, questionnaire, at=timezone.now()), "unchanged")
        return longest.cost

    return call


def _check(account: importer.ImportReport, outcome: str) -> None:
    if account.counts[importer.RowOutcomeKind(outcome)] != account.read or account.remarks:
        raise ValueError(f"{account.counts}, {account.remarks[:3]}")


def read_and_store(rows: int, items: int) -> Call:
    """Stores each cell of an item as a row of one table without an index."""
    path = _file(rows, items)

    def call() -> Cost:
        before = _processor_seconds()
        cells = pd.read_csv(path, dtype=str, na_filter=False).melt(id_vars=["id", "started", "submitted"])
        stored = cells[["id", "variable", "value"]].itertuples(index=False, name=None)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE TABLE raw_cells (id text, item text, cell text)")
            if connection.vendor == "postgresql":
                with cursor.copy("COPY raw_cells FROM STDIN") as copy:
                    for row in stored:
                        copy.write_row(row)
            else:
                connection.connection.executemany("INSERT INTO raw_cells VALUES (?, ?, ?)", stored)
            cursor.execute("DROP TABLE raw_cells")
        return 0, _processor_seconds() - before

    return call
