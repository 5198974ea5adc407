"""Reads a TOML definition file into frozen objects and reports all errors of a file at once."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError


class Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


D = TypeVar("D", bound=Definition)


@dataclass(frozen=True)
class Problem:
    """One error of a definition file: where it stands, what was expected, what stands there."""

    file: str
    place: str
    expected: str
    found: str = ""

    def __str__(self) -> str:
        found = f", found {self.found}" if self.found else ""
        return f"{self.file}: {self.place}: expected {self.expected}{found}"


class InvalidDefinition(ValueError):
    def __init__(self, problems: Iterable[Problem]) -> None:
        self.errors = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.errors))


def read(model: type[D], text: str, *, name: str) -> D:
    """Raises InvalidDefinition: one problem for a file that is not TOML, else one for each wrong field."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidDefinition([Problem(name, "the file", "valid TOML", str(error))]) from error
    try:
        return model.model_validate(document)
    except ValidationError as error:
        problems = [_problem(name, document, dict(detail)) for detail in error.errors(include_url=False)]
        raise InvalidDefinition(problems) from error


def _problem(name: str, document: Any, detail: dict[str, Any]) -> Problem:
    found = "" if detail["type"] == "missing" else repr(detail["input"])[:80]
    return Problem(name, place_of(document, detail["loc"]), _expected(detail), found)


def _expected(detail: dict[str, Any]) -> str:
    if detail["type"] == "missing":
        return "this field"
    if detail["type"] == "extra_forbidden":
        return "no such field"
    return str(detail["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")


def place_of(document: Any, location: tuple[int | str, ...]) -> str:
    """`items INV-C1 > options 3 > label`: entries are named by their code where they have one."""
    words: list[str] = []
    here = document
    for step in location:
        here = _below(here, step)
        code = here.get("code") if isinstance(step, int) and isinstance(here, dict) else None
        if isinstance(step, int) and words:
            words[-1] += f" {code or step + 1}"
        else:
            words.append(str(step))
    return " > ".join(words)


def _below(here: Any, step: int | str) -> Any:
    try:
        return here[step]
    except (KeyError, IndexError, TypeError):
        return None
