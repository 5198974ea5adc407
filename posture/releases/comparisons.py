"""Computes all comparisons of a release from its rows and the current definitions. Pages, packs and the API read the
stored comparisons; no other code computes a verdict."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from posture.analysis.estimates.comparison_rows import ComparisonRow
from posture.analysis.estimates.rows import identity
from posture.analysis.release_rows.rest import AGAINST_REST
from posture.definitions.indicators import Indicator
from posture.models import PublishedFigure
from posture.releases.benchmark_comparisons import Table, benchmark_comparison_rows
from posture.releases.difference_comparisons import (
    earlier_wave_comparisons,
    gap_comparisons,
    rest_comparisons,
)
from surveys.instrument.questionnaire_definition import Questionnaire

COMPARED_WITH_EARLIER = {
    "subject_kind__in": ("pair", "indicator"),
    "statistic__in": ("gap", "share", "mean"),
}


@dataclass(frozen=True)
class EarlierRelease:
    """The release of an earlier wave: its stored rows and its questionnaire."""

    questionnaire: Questionnaire
    rows: Sequence[Any]


@dataclass(frozen=True)
class ComparisonInput:
    """The input of comparisons. rows: with suppression applied, stored or not yet stored, so that no verdict reveals
    more than they do. figures: all figures that the indicators are compared with, by code."""

    questionnaire: Questionnaire
    indicators: tuple[Indicator, ...]
    figures: Mapping[str, PublishedFigure]
    level: float
    earlier: EarlierRelease | None = None


def comparisons_of(rows: Sequence[Any], inputs: ComparisonInput) -> list[ComparisonRow]:
    return list(_comparisons(rows, inputs))


def _comparisons(rows: Sequence[Any], inputs: ComparisonInput) -> Iterator[ComparisonRow]:
    tables, level = _tables(rows), inputs.level
    for cohort, table in tables.items():
        yield from benchmark_comparison_rows(table, cohort, inputs.indicators, inputs.figures, level=level)
    differences = [row for row in rows if row.statistic.endswith(AGAINST_REST)]
    yield from rest_comparisons(tables, differences, level=level)
    if inputs.earlier is not None:
        earlier_tables = _tables(inputs.earlier.rows)
        questionnaires = (inputs.earlier.questionnaire, inputs.questionnaire)
        for cohort, table in tables.items():
            earlier_table = earlier_tables.get(cohort, {})
            yield from earlier_wave_comparisons(
                table, earlier_table, cohort, inputs.indicators, questionnaires, level=level
            )
    for table in tables.values():
        yield from gap_comparisons(table, inputs.questionnaire.core_pairs, level=level)


def _tables(rows: Iterable[Any]) -> dict[str, Table]:
    """Returns the rows by cohort, in the order of the cohorts."""
    tables: dict[str, dict[tuple[str, str, str, str], Any]] = defaultdict(dict)
    for row in rows:
        tables[row.cohort][identity(row)[:4]] = row
    return dict(tables)


def earlier_release_of(release: Any) -> EarlierRelease | None:
    """Returns the earlier release that a release follows; None if it follows none."""
    if release.follows is None:
        return None
    rows = list(release.follows.estimates.filter(**COMPARED_WITH_EARLIER))
    return EarlierRelease(release.follows.wave.questionnaire.definition, rows)


def quoted_codes(questionnaire: Questionnaire, indicators: Iterable[Indicator]) -> set[str]:
    """Returns the codes of the published figures beside numbers of a release: those of its indicators and items."""
    indicator_codes = {link.benchmark for indicator in indicators for link in indicator.benchmarks}
    return indicator_codes | {link.benchmark for item in questionnaire.core_items for link in item.benchmarks}
