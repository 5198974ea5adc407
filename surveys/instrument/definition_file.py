"""Reads a TOML definition file into frozen objects and reports all errors of a file at once."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from surveys.instrument.plain_text import expected_of_text


class Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 20
MAX_VALUES = 100_000
MAX_NUMBER = 10**15
MAX_REASON_LENGTH = 300

D = TypeVar("D", bound=Definition)


@dataclass(frozen=True)
class Problem:
    """One error of a definition file: its place, the expected value and the value found."""

    file: str
    place: str
    expected: str
    found: str = ""

    def __str__(self) -> str:
        ending = f", found {self.found}" if self.found else ""
        return f"{self.file}: {self.place}: expected {self.expected}{ending}"


class InvalidDefinition(ValueError):
    def __init__(self, problems: Iterable[Problem]) -> None:
        self.errors = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.errors))


def read(model: type[D], text: str, *, name: str) -> D:
    """Parses a definition file. Raises InvalidDefinition: one problem if it is not TOML, else one for each wrong
    field."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidDefinition([Problem(name, "the file", f"at most {MAX_CHARACTERS:,} characters")])
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidDefinition(
            [Problem(name, "the file", "valid TOML", str(error)[:MAX_REASON_LENGTH])]
        ) from error
    limit = next(_exceeded_limits(document), None)
    if limit:
        raise InvalidDefinition([Problem(name, "the file", limit)])
    try:
        return model.model_validate(document)
    except ValidationError as error:
        problems = [_problem(name, document, dict(detail)) for detail in error.errors(include_url=False)]
        raise InvalidDefinition(problems) from error


def _exceeded_limits(document: object) -> Iterator[str]:
    """Yields limits that the document exceeds: depth, number of values, size of numbers, and texts that can't be
    stored."""
    pending: list[tuple[object, int]] = [(document, 0)]
    count = 0
    while pending:
        value, depth = pending.pop()
        count += 1
        if depth > MAX_DEPTH or count > MAX_VALUES:
            yield f"at most {MAX_DEPTH} levels and {MAX_VALUES:,} values"
            return
        if isinstance(value, dict):
            pending += [(child, depth + 1) for pair in value.items() for child in pair]
        elif isinstance(value, list):
            pending += [(child, depth + 1) for child in value]
        elif isinstance(value, str) and (expected := expected_of_text(value)):
            yield f"in each text {expected}"
        elif isinstance(value, int | float) and not abs(value) <= MAX_NUMBER:
            yield f"numbers of at most {MAX_NUMBER:,}"


def _problem(name: str, document: Any, detail: dict[str, Any]) -> Problem:
    value = "" if detail["type"] == "missing" else repr(detail["input"])[:80]
    return Problem(name, place_of(document, detail["loc"]), _expected(detail), value)


def _expected(detail: dict[str, Any]) -> str:
    if detail["type"] == "missing":
        return "this field"
    if detail["type"] == "extra_forbidden":
        return "no such field"
    return str(detail["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")


def place_of(document: Any, location: tuple[int | str, ...]) -> str:
    """Returns a place such as `items INV-C1 > options 3 > label`. Entries are named by their code if they have one."""
    steps: list[str] = []
    node = document
    for step in location:
        node = _child(node, step)
        code = node.get("code") if isinstance(step, int) and isinstance(node, dict) else None
        if isinstance(step, int) and steps:
            steps[-1] += f" {code or step + 1}"
        else:
            steps.append(str(step))
    return " > ".join(steps)


def _child(node: Any, step: int | str) -> Any:
    try:
        return node[step]
    except (KeyError, IndexError, TypeError):
        return None
