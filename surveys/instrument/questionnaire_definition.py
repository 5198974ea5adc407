"""Parses a questionnaire definition from TOML into frozen objects, or reports all errors of the file.

Here pydantic checks the structure; `surveys.instrument.consistency` checks references between the parts.
"""

from datetime import date
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field

from surveys.instrument.consistency import reference_problems
from surveys.instrument.definition_file import Definition, InvalidDefinition, Problem, read

Meaning = Literal["substantive", "dont_know", "no_evidence", "not_applicable", "declined"]
Kind = Literal["belief", "evidence", "forecast", "context"]
ItemType = Literal["percent", "count", "single", "yes_no", "multiple", "scale", "text"]
GapKind = Literal["percent", "binary", "binary_derived", "informant", "ordinal_time"]
Status = Literal["core", "reserve"]
ANY_ROLE = "any"
Closeness = Literal["same_data", "close", "loose"]
NUMERIC = ("percent", "count")

__all__ = ["InvalidDefinition", "Problem", "Questionnaire", "parse", "parse_cached"]


class Option(Definition):
    code: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=80)
    label: str = Field(min_length=1, max_length=300)
    meaning: Meaning = "substantive"
    exclusive: bool = False
    asks_text: bool = False
    band: int | None = Field(default=None, ge=1)

    @property
    def is_substantive(self) -> bool:
        return self.meaning == "substantive"

    @property
    def stands_alone(self) -> bool:
        return self.exclusive or not self.is_substantive


class AskIf(Definition):
    """The only routing rule: the other item has one of these options, or a number other than this one."""

    item: str
    any_of: tuple[str, ...] = ()
    not_equal: int | None = None


class BenchmarkLink(Definition):
    benchmark: str
    closeness: Closeness


class FrameworkReference(Definition):
    framework: str
    edition: str
    code: str


class Framework(Definition):
    code: str
    edition: str
    title: str
    licence: str = ""


class Item(Definition):
    """`help` is shown to respondents; `note` is for developers and analysts, and no respondent sees it."""

    code: str = Field(pattern=r"^[A-Z0-9][A-Z0-9-]*$", max_length=40)
    section: str
    role: str
    kind: Kind
    type: ItemType
    wording: str = Field(min_length=1)
    help: str = ""
    note: str = ""
    reference_period: str = ""
    options: tuple[Option, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    ask_if: AskIf | None = None
    pair: str | None = None
    benchmarks: tuple[BenchmarkLink, ...] = ()
    frameworks: tuple[FrameworkReference, ...] = ()
    status: Status = "core"

    @property
    def is_numeric(self) -> bool:
        return self.type in NUMERIC

    def option(self, code: str) -> Option:
        return next(option for option in self.options if option.code == code)


class ReadWith(Definition):
    item: str
    below: int


class Pair(Definition):
    code: str
    label: str = Field(max_length=60)
    object: str
    gap: GapKind
    unit: str
    belief: str
    evidence: str
    direction: Literal["higher_is_better", "none"] = "higher_is_better"
    belief_yes: tuple[str, ...] = ()
    evidence_yes: tuple[str, ...] = ()
    read_with: ReadWith | None = None
    status: Status = "core"


class EvidenceBasis(Definition):
    code: str = Field(pattern=r"^[a-z-]+$")
    label: str
    counts_as_evidence: bool = True


class Term(Definition):
    term: str
    meaning: str


class Section(Definition):
    code: str = Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)
    title: str
    introduction: str = ""


class RoleDefinition(Definition):
    code: str
    label: str
    minutes: int = Field(ge=1)
    description: str = ""


class Questionnaire(Definition):
    slug: str = Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=80)
    version: str = Field(pattern=r"^[0-9][0-9.]*$", max_length=20)
    title: str
    unit: Literal["organization", "respondent"]
    introduction: str
    source: str
    licence: str = ""
    reviewed_on: date
    requires_dont_know: bool = True
    roles: tuple[RoleDefinition, ...] = Field(min_length=1)
    evidence_bases: tuple[EvidenceBasis, ...] = ()
    terms: tuple[Term, ...] = ()
    frameworks: tuple[Framework, ...] = ()
    sections: tuple[Section, ...] = Field(min_length=1)
    pairs: tuple[Pair, ...] = ()
    items: tuple[Item, ...] = Field(min_length=1)

    @property
    def key(self) -> str:
        return f"{self.slug}-{self.version}"

    @property
    def core_items(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.status == "core")

    @property
    def core_pairs(self) -> tuple[Pair, ...]:
        return tuple(pair for pair in self.pairs if pair.status == "core")

    @property
    def estimated_bases(self) -> frozenset[str]:
        return frozenset(basis.code for basis in self.evidence_bases if not basis.counts_as_evidence)

    def item(self, code: str) -> Item:
        """Returns an item by its code. This and the next three methods raise KeyError for an unknown code."""
        return self._by_code("items", code)

    def pair(self, code: str) -> Pair:
        return self._by_code("pairs", code)

    def section(self, code: str) -> Section:
        return self._by_code("sections", code)

    def role(self, code: str) -> RoleDefinition:
        return self._by_code("roles", code)

    def _by_code(self, collection: str, code: str) -> Any:
        for part in getattr(self, collection):
            if part.code == code:
                return part
        raise KeyError(code)

    def takes_basis(self, item: Item) -> bool:
        return item.kind == "evidence" and bool(self.evidence_bases)


def parse(text: str, *, name: str) -> Questionnaire:
    """Parses a definition file. Raises InvalidDefinition with all errors of the file."""
    questionnaire = read(Questionnaire, text, name=name)
    problems = [
        Problem(name, place, expected, found) for place, expected, found in reference_problems(questionnaire)
    ]
    if problems:
        raise InvalidDefinition(problems)
    return questionnaire


@lru_cache(maxsize=32)
def parse_cached(text: str, *, name: str) -> Questionnaire:
    return parse(text, name=name)
