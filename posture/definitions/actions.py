"""Action definitions: what an organisation does first about each pair, as reviewed data.

One file for each questionnaire. It states for each pair its importance, why it matters, its usual owner, and the next
step for each type of result.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from pydantic import Field, model_validator

from surveys.instrument.definition_file import Definition, InvalidDefinition, Problem, read
from surveys.instrument.questionnaire_definition import FrameworkReference, Pair, Questionnaire

LARGEST_IMPORTANCE = 5
INFORMANT = "informant"


class Source(Definition):
    """A published figure by its code, or a document with its title and year."""

    benchmark: str = ""
    document: str = ""
    year: int | None = Field(default=None, ge=1990, le=2100)

    @model_validator(mode="after")
    def names_one_thing(self) -> "Source":
        if bool(self.benchmark) == bool(self.document) or bool(self.document) != (self.year is not None):
            raise ValueError("either the code of a benchmark, or a document with its year")
        return self


class Steps(Definition):
    """The next step for each type of result. An empty text means that the type does not occur for the pair.

    over, under    belief above or below the record
    disagreement   of a pair of informants: the executive suspects an event that the records do not hold
    weak           the record shows no case, but too few agents are monitored
    estimated      the evidence was estimated without records
    no_evidence    nobody has measured it
    dont_know      the person who was asked for the record does not know it
    """

    over: str = ""
    under: str = ""
    disagreement: str = ""
    weak: str = ""
    estimated: str = ""
    no_evidence: str = ""
    dont_know: str = ""


class Action(Definition):
    """The actions about one pair. `code` is the code of the pair."""

    code: str
    importance: int = Field(ge=1, le=LARGEST_IMPORTANCE)
    reason: str = Field(min_length=1, description="Why the pair has this importance, in one sentence.")
    matters: str = Field(min_length=1)
    owner: str = Field(min_length=1, max_length=80)
    frameworks: tuple[FrameworkReference, ...] = Field(min_length=1)
    sources: tuple[Source, ...] = Field(min_length=1)
    steps: Steps

    def step(self, type_: str) -> str:
        """Returns the next step for a type of result. Raises KeyError for an unknown type."""
        return dict(self.steps)[type_]


class ActionFile(Definition):
    questionnaire: str
    reviewed_on: date
    actions: tuple[Action, ...] = Field(min_length=1)


def parse(text: str, *, name: str) -> ActionFile:
    """Parses a file. Raises InvalidDefinition with all errors of the file."""
    return read(ActionFile, text, name=name)


def types_of(pair: Pair, questionnaire: Questionnaire) -> frozenset[str]:
    """Returns the types of result that a pair can have, and that need a next step."""
    types = {"over", "no_evidence", "dont_know", "disagreement" if pair.gap == INFORMANT else "under"}
    if pair.read_with is not None:
        types.add("weak")
    if questionnaire.estimated_bases and questionnaire.takes_basis(questionnaire.item(pair.evidence)):
        types.add("estimated")
    return frozenset(types)


def check(file: ActionFile, questionnaire: Questionnaire, benchmarks: set[str], *, name: str) -> None:
    """Compares a file with a questionnaire. Raises InvalidDefinition for a pair without an entry or without a needed
    step, and for unknown pairs, clauses of frameworks and benchmarks."""
    problems = [Problem(name, *finding) for finding in _findings(file, questionnaire, benchmarks)]
    if problems:
        raise InvalidDefinition(problems)


def _findings(
    file: ActionFile, questionnaire: Questionnaire, benchmarks: set[str]
) -> Iterator[tuple[str, str, str]]:
    if file.questionnaire != questionnaire.slug:
        yield "questionnaire", questionnaire.slug, file.questionnaire
    pairs = {pair.code: pair for pair in questionnaire.pairs}
    times = Counter(action.code for action in file.actions)
    for code in pairs:
        if times[code] != 1:
            yield f"actions {code}", "one entry for this pair", str(times[code])
    for action in file.actions:
        if action.code not in pairs:
            yield f"actions {action.code} > code", f"a pair of {questionnaire.key}", action.code
            continue
        yield from _step_findings(action, pairs[action.code], questionnaire)
        yield from _reference_findings(action, pairs[action.code], questionnaire, benchmarks)


def _step_findings(
    action: Action, pair: Pair, questionnaire: Questionnaire
) -> Iterator[tuple[str, str, str]]:
    needed = types_of(pair, questionnaire)
    for type_, step in action.steps:
        place = f"actions {action.code} > steps > {type_}"
        if type_ in needed and not step:
            yield place, "the next step for this type", ""
        elif step and type_ not in needed:
            yield place, "no step, because the pair cannot have this type", step[:40]


def _reference_findings(
    action: Action, pair: Pair, questionnaire: Questionnaire, benchmarks: set[str]
) -> Iterator[tuple[str, str, str]]:
    items = (questionnaire.item(pair.belief), questionnaire.item(pair.evidence))
    known = {reference for item in items for reference in item.frameworks}
    for reference in action.frameworks:
        if reference not in known:
            clause = f"{reference.framework} {reference.edition}, {reference.code}"
            yield f"actions {action.code} > frameworks", f"a clause of the items of {pair.code}", clause
    for source in action.sources:
        if source.benchmark and source.benchmark not in benchmarks:
            yield f"actions {action.code} > sources", "the code of a benchmark", source.benchmark
