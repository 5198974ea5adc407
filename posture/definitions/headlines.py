"""The famous figures that are often quoted together, each with its owner and base, for the home page."""

from datetime import date

from pydantic import Field

from surveys.instrument.definition_file import Definition, read


class Headline(Definition):
    benchmark: str
    quoted_as: str
    owner: str
    counted: str


class Headlines(Definition):
    reviewed_on: date
    headlines: tuple[Headline, ...] = Field(min_length=1)


def parse(text: str, *, name: str) -> Headlines:
    return read(Headlines, text, name=name)
