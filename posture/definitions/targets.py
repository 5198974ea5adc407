"""Population targets: the number of organisations of each category in a population, and the person who vouches for
it. They are read from a definition file, or from a table that an analyst uploads; all errors are reported at once."""

import csv
import io
from collections.abc import Iterator
from datetime import date

from pydantic import Field

from surveys.instrument.cohorts import DIMENSIONS
from surveys.instrument.definition_file import Definition, InvalidDefinition, Problem, read

Margins = dict[str, dict[str, int]]
HEADER = ("dimension", "category", "count")
MOST_DIGITS = 12


class Provenance(Definition):
    code: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=80)
    title: str = Field(min_length=1, max_length=200)
    population: str = Field(min_length=1, description="Which organisations are counted.")
    source: str = Field(min_length=1, description="Where the counts come from.")
    as_of: date
    vouched_by: str = Field(min_length=1, max_length=200, description="Who says that the counts are right.")
    url: str = Field(default="", pattern=r"^(https://\S+)?$", max_length=500)
    url_note: str = ""


class Targets(Provenance):
    margins: Margins = Field(min_length=1)


def parse(text: str, *, name: str) -> Targets:
    """Parses targets. Raises InvalidDefinition with all errors of the file."""
    targets = read(Targets, text, name=name)
    problems = [Problem(name, path, expected, actual) for path, expected, actual in findings(targets.margins)]
    if problems:
        raise InvalidDefinition(problems)
    return targets


Finding = tuple[str, str, str]


def findings(margins: Margins) -> Iterator[Finding]:
    """Place, expected value and actual value of each error: unknown names, counts below 1, totals that differ."""
    categories = {dimension.code: dimension.codes for dimension in DIMENSIONS}
    for dimension, counts in margins.items():
        if dimension not in categories:
            yield f"margins > {dimension}", f"one of {', '.join(categories)}", dimension
            continue
        for category, count in counts.items():
            path = f"margins > {dimension} > {category}"
            if category not in categories[dimension]:
                yield path, f"one of {', '.join(categories[dimension])}", category
            if count < 1:
                yield path, "a count of 1 or more; leave out what does not exist", str(count)
    yield from _totals(margins)


def _totals(margins: Margins) -> Iterator[Finding]:
    totals = {dimension: sum(counts.values()) for dimension, counts in margins.items()}
    if len(set(totals.values())) > 1:
        actual = ", ".join(f"{dimension} {total}" for dimension, total in totals.items())
        yield "margins", "the same total in every dimension", actual


def read_table(text: str, *, name: str) -> Margins:
    """Reads lines of dimension, category, count under that header.

    Raises   InvalidDefinition with every wrong line and field, and the expected value.
    """
    try:
        lines = list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline="")))
    except csv.Error as error:
        raise InvalidDefinition([Problem(name, "the table", "lines of CSV", str(error))]) from error
    margins: Margins = {}
    problems = [Problem(name, *finding) for finding in _read_lines(lines, margins)]
    if not problems:
        problems = [Problem(name, *finding) for finding in _totals(margins)]
    if problems:
        raise InvalidDefinition(problems)
    return margins


def _read_lines(lines: list[list[str]], margins: Margins) -> Iterator[Finding]:
    header = [field.strip().lower() for field in lines[0]] if lines else []
    if header != list(HEADER):
        yield "line 1", f"the header {','.join(HEADER)}", ",".join(header) or "nothing"
        return
    filled = [(number, line) for number, line in enumerate(lines[1:], start=2) if any(map(str.strip, line))]
    if not filled:
        yield "line 2", "at least one line of counts", "nothing"
    for number, line in filled:
        findings = list(_read_line(number, [field.strip() for field in line], margins))
        yield from findings


def _read_line(number: int, fields: list[str], margins: Margins) -> Iterator[Finding]:
    if len(fields) != len(HEADER):
        yield f"line {number}", f"{len(HEADER)} fields", str(len(fields))
        return
    dimension, category, count = fields
    categories = {dimension.code: dimension.codes for dimension in DIMENSIONS}
    if dimension not in categories:
        yield f"line {number}, dimension", f"one of {', '.join(categories)}", dimension
    elif category not in categories[dimension]:
        yield f"line {number}, category", f"one of {', '.join(categories[dimension])}", category
    elif category in margins.get(dimension, {}):
        yield f"line {number}, category", f"each category of {dimension} once", category
    is_number = count.isascii() and count.isdecimal() and len(count) <= MOST_DIGITS
    if not is_number or int(count) < 1:
        yield f"line {number}, count", "a whole number of 1 or more, without separators", count
    elif category in categories.get(dimension, ()):
        margins.setdefault(dimension, {}).setdefault(category, int(count))
