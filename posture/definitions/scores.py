"""Score definitions: the evidence items of each domain, and the worth of each answer."""

from collections.abc import Iterator
from datetime import date
from itertools import chain

from pydantic import Field

from surveys.instrument.definition_file import Definition, InvalidDefinition, Problem, read
from surveys.instrument.questionnaire_definition import Questionnaire

WORTH = {"full": 1.0, "half": 0.5, "none": 0.0}


class ScoredItem(Definition):
    """An item of a score. A percentage is worth its number. Of other items each substantive option is worth full,
    half or nothing; an option in `leaves` says that the item does not apply."""

    item: str
    full: tuple[str, ...] = ()
    half: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()

    @property
    def coded(self) -> tuple[str, ...]:
        return (*self.full, *self.half, *self.none)


class Domain(Definition):
    code: str = Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)
    items: tuple[ScoredItem, ...] = Field(min_length=1)


class ScoreFile(Definition):
    questionnaire: str
    version: str
    reviewed_on: date
    domains: tuple[Domain, ...] = Field(min_length=1)


def parse(text: str, *, name: str) -> ScoreFile:
    return read(ScoreFile, text, name=name)


def check(file: ScoreFile, questionnaire: Questionnaire, *, name: str) -> None:
    """Raises InvalidDefinition if an item is no core evidence item, or an option has no worth or more than one."""
    problems = [Problem(name, *finding) for finding in _findings(file, questionnaire)]
    if problems:
        raise InvalidDefinition(problems)


def _findings(file: ScoreFile, questionnaire: Questionnaire) -> Iterator[tuple[str, str, str]]:
    items = {item.code: item for item in questionnaire.core_items if item.kind == "evidence"}
    sections = {section.code for section in questionnaire.sections}
    for domain in file.domains:
        if domain.code not in sections:
            yield f"domains {domain.code}", "the code of a section", domain.code
        for scored in domain.items:
            path = f"domains {domain.code} > items {scored.item}"
            item = items.get(scored.item)
            if item is None or item.type not in ("percent", "single", "yes_no"):
                yield path, "a core evidence item with one answer or a percentage", scored.item
                continue
            options = {option.code for option in item.options}
            for code in chain(scored.coded, scored.leaves):
                if code not in options:
                    yield path, f"an option of {item.code}", code
            valued = [] if item.type == "percent" else [o.code for o in item.options if o.is_substantive]
            if sorted(scored.coded) != sorted(code for code in valued if code not in scored.leaves):
                yield path, "each substantive option once", ", ".join(scored.coded)
