"""Computes comparisons of releases from before comparisons were stored, for the migration that adds them."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from posture.definitions.indicators import Indicator, IndicatorFile
from posture.releases.comparisons import (
    COMPARED_WITH_EARLIER,
    ComparisonInput,
    EarlierRelease,
    comparisons_of,
    quoted_codes,
)
from posture.stored_definitions import catalogue
from surveys.exports.csv_text import text_of_cell
from surveys.instrument import questionnaire_definition
from surveys.instrument.questionnaire_definition import Questionnaire

COUNTS = ("n", "n_smallest")
Figure = Any


@dataclass(frozen=True)
class ComparisonDefinitions:
    """The definitions that comparisons need besides the questionnaire. are_later: not those of the day of the
    release."""

    indicators: tuple[Indicator, ...]
    figures: Mapping[str, Figure]
    are_later: bool


@transaction.atomic
def fill_comparisons(release: Any, models: Any, *, at: datetime) -> bool:
    """Stores the comparisons, with the definitions in the pack of the release or else the current ones. Returns False
    and stores nothing if a published figure no longer exists. models: returns the model of a name."""
    questionnaire = _questionnaire(release)
    definitions = comparison_definitions(release, questionnaire, models)
    codes = quoted_codes(questionnaire, definitions.indicators)
    linked = {link.benchmark for indicator in definitions.indicators for link in indicator.benchmarks}
    if not linked <= definitions.figures.keys():
        return False
    quoted = {code: definitions.figures[code] for code in sorted(codes & definitions.figures.keys())}
    models("QuotedBenchmark").objects.bulk_create(quoted.values())
    comparison_input = ComparisonInput(
        questionnaire, definitions.indicators, quoted, release.level, _earlier(release)
    )
    comparisons = comparisons_of(list(release.estimates.order_by("id")), comparison_input)
    models("Comparison").objects.bulk_create(
        (
            models("Comparison")(release=release, benchmark=quoted.get(row.benchmark), **row.as_columns())
            for row in comparisons
        ),
        batch_size=500,
    )
    release.compared_at, release.compared_later = at, definitions.are_later
    release.save(update_fields=["compared_at", "compared_later"])
    return True


def comparison_definitions(release: Any, questionnaire: Questionnaire, models: Any) -> ComparisonDefinitions:
    """Returns the definitions in the pack. Without a pack, or with a pack format that this version does not read, the
    current ones."""
    pack = models("Pack").objects.filter(release=release).first()
    if pack is not None:
        with suppress(ValidationError):
            return _definitions_of_pack(release, pack, models)
    return ComparisonDefinitions(
        catalogue.indicators_of(questionnaire.slug),
        _figures(release, models("Benchmark").objects.values(*catalogue.BENCHMARK_COLUMNS), models),
        are_later=True,
    )


def _definitions_of_pack(release: Any, pack: Any, models: Any) -> ComparisonDefinitions:
    """Returns the definitions in the pack. Raises pydantic.ValidationError."""
    with zipfile.ZipFile(io.BytesIO(bytes(pack.content))) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    indicators = files.get("definitions/indicators.json")
    return ComparisonDefinitions(
        IndicatorFile.model_validate_json(indicators).indicators if indicators else (),
        _figures(release, figures_of_csv(files["definitions/benchmarks.csv"]), models),
        are_later=False,
    )


def _figures(release: Any, rows: Iterable[dict[str, Any]], models: Any) -> dict[str, Figure]:
    return {row["code"]: models("QuotedBenchmark")(release=release, **row) for row in rows}


def figures_of_csv(text: str) -> Iterable[dict[str, Any]]:
    """Reads the published figures from the table of a pack. Missing columns keep their defaults."""
    readers: dict[str, Callable[[str], Any]] = {
        "value": Decimal,
        "decimals": int,
        "disputed": "True".__eq__,
        **{name: lambda cell: int(cell) if cell else None for name in COUNTS},
    }
    for row in csv.DictReader(io.StringIO(text, newline="")):
        yield {
            name: readers.get(name, text_of_cell)(cell)
            for name, cell in row.items()
            if name in catalogue.BENCHMARK_COLUMNS
        }


def _earlier(release: Any) -> EarlierRelease | None:
    if release.follows is None:
        return None
    rows = list(release.follows.estimates.filter(**COMPARED_WITH_EARLIER))
    return EarlierRelease(_questionnaire(release.follows), rows)


def _questionnaire(release: Any) -> Questionnaire:
    stored = release.wave.questionnaire
    return questionnaire_definition.parse_cached(stored.source, name=f"{stored.slug}-{stored.version}")
