"""Computes all comparisons of a release from its rows and the current definitions. Pages, packs and the API read the
stored comparisons; no other code computes a verdict."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from posture.analysis.estimates.comparison_rows import ComparisonRow
from posture.analysis.estimates.rows import identity
from posture.analysis.release_rows.rest import AGAINST_REST
from posture.definitions.forecasts import Forecast
from posture.definitions.indicators import Indicator
from posture.models import PublishedFigure
from posture.releases.benchmark_comparisons import Table, against_benchmarks
from posture.releases.difference_comparisons import against_rest, of_forecasts, of_gaps, since_earlier_wave
from surveys.instrument.questionnaire_definition import Questionnaire

COMPARED_WITH_EARLIER = {
    "subject_kind__in": ("pair", "indicator"),
    "statistic__in": ("gap", "share", "mean"),
}


@dataclass(frozen=True)
class Earlier:
    """The release of an earlier wave: its stored rows and its questionnaire."""

    questionnaire: Questionnaire
    rows: Sequence[Any]


@dataclass(frozen=True)
class Comparing:
    """The input of comparisons. rows: with suppression applied, stored or not yet stored, so that no verdict reveals
    more than they do. figures: all figures that the indicators are compared with, by code."""

    questionnaire: Questionnaire
    indicators: tuple[Indicator, ...]
    forecasts: tuple[Forecast, ...]
    figures: Mapping[str, PublishedFigure]
    level: float
    earlier: Earlier | None = None


def comparisons_of(rows: Sequence[Any], given: Comparing) -> list[ComparisonRow]:
    return list(_comparisons(rows, given))


def _comparisons(rows: Sequence[Any], given: Comparing) -> Iterator[ComparisonRow]:
    tables, level = _tables(rows), given.level
    for cohort, table in tables.items():
        yield from against_benchmarks(table, cohort, given.indicators, given.figures, level=level)
    differences = [row for row in rows if row.statistic.endswith(AGAINST_REST)]
    yield from against_rest(tables, differences, level=level)
    if given.earlier is not None:
        then = _tables(given.earlier.rows)
        both = (given.earlier.questionnaire, given.questionnaire)
        for cohort, table in tables.items():
            before = then.get(cohort, {})
            yield from since_earlier_wave(table, before, cohort, given.indicators, both, level=level)
    for table in tables.values():
        yield from of_forecasts(table, given.forecasts, level=level)
        yield from of_gaps(table, given.questionnaire.core_pairs, level=level)


def _tables(rows: Iterable[Any]) -> dict[str, Table]:
    """Returns the rows by cohort, in the order of the cohorts."""
    tables: dict[str, dict[tuple[str, str, str, str], Any]] = defaultdict(dict)
    for row in rows:
        tables[row.cohort][identity(row)[:4]] = row
    return dict(tables)


def earlier_of(release: Any) -> Earlier | None:
    """Returns the earlier release that a release follows; None if it follows none."""
    if release.follows is None:
        return None
    rows = list(release.follows.estimates.filter(**COMPARED_WITH_EARLIER))
    return Earlier(release.follows.wave.questionnaire.definition, rows)


def quoted_codes(questionnaire: Questionnaire, indicators: Iterable[Indicator]) -> set[str]:
    """Returns the codes of the published figures beside numbers of a release: those of its indicators and items."""
    named = {link.benchmark for one in indicators for link in one.benchmarks}
    return named | {link.benchmark for item in questionnaire.core_items for link in item.benchmarks}
