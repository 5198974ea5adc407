"""Benchmark definitions: one file per source, with every published figure and the facts needed to quote it."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from surveys.instrument.definition_file import Definition, read

Unit = Literal["percent", "mean_percent", "mean_count", "mean_hours"]
Grade = Literal["A", "B", "C", "D"]

GRADES = {
    "A": "The publisher's own text was read.",
    "B": "Quoted alike by at least two independent sources that were read; the publisher's own text was not.",
    "C": "Seen in one secondary source only.",
    "D": "Origin unresolved.",
}


class Figure(Definition):
    code: str = Field(pattern=r"^[A-Z0-9][A-Z0-9.-]*$", max_length=60)
    value: Decimal
    relation: Literal["equal", "at_most"] = "equal"
    unit: Unit
    publisher: str = Field(default="", description="Where it is not the publisher of the whole file.")
    publication: str = ""
    wording: str = Field(min_length=1)
    base: str = Field(min_length=1)
    n: int | None = Field(default=None, ge=1)
    n_note: str = ""
    n_smallest: int | None = Field(
        default=None, ge=1, description="Where accounts give different bases: the smallest of them."
    )
    grade: Grade
    disputed: bool = False
    remark: str = ""
    family: str = ""
    counts: str = ""
    superseded_by: str = ""

    @property
    def decimals(self) -> int:
        """The number of decimals that the publisher printed."""
        exponent = self.value.as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else 0

    @model_validator(mode="after")
    def check_completeness(self) -> "Figure":
        if self.n is None and not self.n_note:
            raise ValueError("n, or a note in n_note that says why there is none")
        if self.n_smallest is not None and (self.n is None or self.n_smallest >= self.n):
            raise ValueError("n_smallest below n, or leave it out")
        if self.disputed and not self.remark:
            raise ValueError("a remark that says why the figure is disputed")
        if bool(self.family) != bool(self.counts):
            raise ValueError("family and counts together: what this figure of the family counts")
        return self


class Source(Definition):
    source: str
    title: str
    publisher: str
    published: str
    fieldwork: str
    population: str
    url: str = Field(default="", pattern=r"^(https://\S+)?$")
    url_note: str = ""
    reviewed_on: date
    benchmarks: tuple[Figure, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def check_address(self) -> "Source":
        if not self.url and not self.url_note:
            raise ValueError("url, or a note in url_note that says where it was read")
        return self


def parse(text: str, *, name: str) -> Source:
    """Parses a source. Raises InvalidDefinition with all errors of the file."""
    return read(Source, text, name=name)
