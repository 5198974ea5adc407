"""Forecast definitions: the item that asks for a probability in percent, and the answers that say that the event
happened."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import Field

from surveys.instrument.definition_file import Definition, InvalidDefinition, Problem, read
from surveys.instrument.questionnaire_definition import Item, Questionnaire


class Forecast(Definition):
    """A forecast and its outcome. The same organisation answers `outcome` one wave later, or in the same wave if
    `answered` says so. Options of `happened` mean that it happened, options of `unknown` that it is not known, and
    all other substantive options that it did not happen. No two forecasts share an item, because their bases would
    differ by a few organisations."""

    code: str = Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)
    label: str = Field(min_length=1, max_length=80)
    item: str
    outcome: str
    happened: tuple[str, ...] = Field(min_length=1)
    unknown: tuple[str, ...] = ()
    answered: Literal["next_wave", "same_wave"] = "next_wave"


class ForecastFile(Definition):
    questionnaire: str
    version: str
    reviewed_on: date
    forecasts: tuple[Forecast, ...] = Field(min_length=1)


def parse(text: str, *, name: str) -> ForecastFile:
    return read(ForecastFile, text, name=name)


def check(file: ForecastFile, questionnaire: Questionnaire, *, name: str) -> None:
    """Checks a file. Raises InvalidDefinition with all differences between the file and the questionnaire."""
    problems = [Problem(name, *finding) for finding in _findings(file, questionnaire)]
    if problems:
        raise InvalidDefinition(problems)


def _findings(file: ForecastFile, questionnaire: Questionnaire) -> Iterator[tuple[str, str, str]]:
    if file.questionnaire != questionnaire.slug:
        yield "questionnaire", questionnaire.slug, file.questionnaire
    if file.version != questionnaire.version:
        yield "version", questionnaire.version, file.version
    items = {item.code: item for item in questionnaire.core_items}
    for name in ("code", "item", "outcome"):
        for value, times in Counter(getattr(forecast, name) for forecast in file.forecasts).items():
            if times > 1:
                yield f"forecasts > {name}", f"each {name} in one forecast", f"{value}, {times} times"
    for forecast in file.forecasts:
        path, item, outcome = (
            f"forecasts {forecast.code}",
            items.get(forecast.item),
            items.get(forecast.outcome),
        )
        if item is None or not _asks_for_a_probability(item):
            yield f"{path} > item", "a core forecast item in percent, 0 to 100", forecast.item
        if outcome is None or outcome.type not in ("single", "yes_no"):
            yield f"{path} > outcome", "a core item with one answer", forecast.outcome
        else:
            yield from _option_findings(path, forecast, outcome)


def _asks_for_a_probability(item: Item) -> bool:
    return (item.kind, item.type, item.minimum, item.maximum) == ("forecast", "percent", 0, 100)


def _option_findings(path: str, forecast: Forecast, outcome: Item) -> Iterator[tuple[str, str, str]]:
    substantive = {option.code for option in outcome.options if option.is_substantive}
    for name in ("happened", "unknown"):
        for code in getattr(forecast, name):
            if code not in substantive:
                yield f"{path} > {name}", f"a substantive option of {outcome.code}", code
    for code in set(forecast.happened) & set(forecast.unknown):
        yield f"{path} > unknown", "no option that says that it happened", code
    if not substantive - set(forecast.happened) - set(forecast.unknown):
        yield (
            f"{path} > happened",
            "an option left that says that it did not happen",
            ", ".join(forecast.happened),
        )
