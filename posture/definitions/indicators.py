"""Indicator definitions: named shares and means of the items of a questionnaire, and the benchmarks to compare them
with."""

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import Field

from surveys.instrument.definition_file import Definition, InvalidDefinition, Problem, read
from surveys.instrument.questionnaire_definition import Closeness, Questionnaire

Statistic = Literal["share", "mean", "share_at", "share_below"]


class BenchmarkLink(Definition):
    benchmark: str
    closeness: Closeness
    caveat: str = ""


class Indicator(Definition):
    """An indicator. share: organisations with one of the options in `counts`. share_at, share_below: organisations
    whose number equals the threshold, or is below it. mean: of the numbers."""

    code: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=80)
    item: str
    label: str = Field(max_length=80)
    statistic: Statistic
    counts: tuple[str, ...] = ()
    threshold: int | None = None
    dont_know: Literal["in_base", "out_of_base"] = "out_of_base"
    benchmarks: tuple[BenchmarkLink, ...] = ()


class IndicatorFile(Definition):
    questionnaire: str
    reviewed_on: date
    indicators: tuple[Indicator, ...]


def parse(text: str, *, name: str) -> IndicatorFile:
    return read(IndicatorFile, text, name=name)


def check(file: IndicatorFile, questionnaire: Questionnaire, benchmarks: set[str], *, name: str) -> None:
    """Raises InvalidDefinition if an indicator names an item, option or benchmark that does not exist."""
    problems = [Problem(name, *finding) for finding in _findings(file, questionnaire, benchmarks)]
    if problems:
        raise InvalidDefinition(problems)


def _findings(
    file: IndicatorFile, questionnaire: Questionnaire, benchmarks: set[str]
) -> Iterator[tuple[str, str, str]]:
    items = {item.code: item for item in questionnaire.items}
    for indicator in file.indicators:
        path = f"indicators {indicator.code}"
        item = items.get(indicator.item)
        if item is None:
            yield f"{path} > item", f"an item of {questionnaire.key}", indicator.item
            continue
        options = {option.code for option in item.options}
        for code in indicator.counts:
            if code not in options:
                yield f"{path} > counts", f"an option of {item.code}", code
        if (indicator.statistic == "share") != bool(indicator.counts):
            yield f"{path} > counts", "options for a share, and for nothing else", indicator.statistic
        if indicator.statistic.startswith("share_") != (indicator.threshold is not None):
            yield f"{path} > threshold", "a number for share_at and share_below only", indicator.statistic
        if indicator.statistic != "share" and not item.is_numeric:
            yield f"{path} > statistic", f"share, because {item.code} is no number", indicator.statistic
        for link in indicator.benchmarks:
            if link.benchmark not in benchmarks:
                yield f"{path} > benchmarks", "the code of a benchmark", link.benchmark
