"""Groups of readers of a gap report: the pairs that concern each of them, and why."""

from collections.abc import Collection

from pydantic import Field

from surveys.instrument.definition_file import Definition, InvalidDefinition, Problem, read


class Concern(Definition):
    pair: str
    why: str


class Reader(Definition):
    """question: what the reader wants to know. framing: how the gaps answer it."""

    code: str = Field(pattern=r"^[a-z][a-z-]*$")
    title: str
    question: str
    framing: str
    concerns: tuple[Concern, ...] = Field(min_length=1)


class ReaderFile(Definition):
    questionnaire: str
    readers: tuple[Reader, ...] = Field(min_length=1)


def parse(text: str, *, name: str) -> ReaderFile:
    return read(ReaderFile, text, name=name)


def check_pairs(file: ReaderFile, pairs: Collection[str], *, name: str) -> None:
    """Raises InvalidDefinition for each concern with a pair that the questionnaire does not have."""
    problems = [
        Problem(name, f"readers > {reader.code} > concerns", "the code of a pair", concern.pair)
        for reader in file.readers
        for concern in reader.concerns
        if concern.pair not in pairs
    ]
    if problems:
        raise InvalidDefinition(problems)
