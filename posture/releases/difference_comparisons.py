"""Comparisons of differences of a release, with the verdict of their family: against the rest, since the earlier
wave, and of gaps from zero."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from posture.analysis.estimates.comparison_rows import ComparisonRow
from posture.analysis.estimates.difference_verdicts import Difference, Family, family_verdicts
from posture.analysis.estimates.quantities import MEDIAN
from posture.analysis.release_rows.rest import AGAINST_REST
from posture.analysis.waves.breaks import indicator_breaks, pair_breaks
from posture.analysis.waves.changes import CHANGE, PANEL_CHANGE
from posture.definitions.indicators import Indicator
from posture.releases.benchmark_comparisons import Table, statistic_of
from surveys.instrument.cohorts import ALL
from surveys.instrument.questionnaire_definition import Pair, Questionnaire

NO_DIFFERENCE = Difference(None, None, None, None, None, "")
Tables = Mapping[str, Table]


def rest_comparisons(tables: Tables, differences: Sequence[Any], *, level: float) -> Iterator[ComparisonRow]:
    """differences: every difference of the release from the rest, in its order. They are one family, whichever cohort
    a page shows."""
    family = family_verdicts([_rest_difference(row, tables) for row in differences], level=level)
    for position, row in enumerate(differences):
        yield _row("rest", row, row.statistic.removesuffix(AGAINST_REST), family, position)


def _rest_difference(row: Any, tables: Tables) -> Difference:
    key = (row.subject_kind, row.subject, row.statistic.removesuffix(AGAINST_REST), "")
    cohort_row, all_row = (tables.get(cohort, {}).get(key) for cohort in (row.cohort, ALL))
    if cohort_row is None or all_row is None or cohort_row.base is None or all_row.base is None:
        return NO_DIFFERENCE
    smaller_base = min(
        cohort_row.base if cohort_row.effective_base is None else cohort_row.effective_base,
        all_row.base - cohort_row.base,
    )
    return Difference(row.value, row.se, row.p_value, row.effective_base or row.base, smaller_base, row.unit)


@dataclass(frozen=True)
class _ComparedSubject:
    kind: str
    code: str
    statistic: str
    breaks: tuple[str, ...]


def earlier_wave_comparisons(
    current_table: Table,
    earlier_table: Table,
    cohort: str,
    indicators: tuple[Indicator, ...],
    questionnaires: tuple[Questionnaire, Questionnaire],
    *,
    level: float,
) -> Iterator[ComparisonRow]:
    """Yields all changes of one cohort, which are one family. questionnaires: of the earlier wave and of this one."""
    subjects = list(_subjects(*questionnaires, indicators))
    changes = [
        current_table.get((subject.kind, subject.code, f"{subject.statistic}{CHANGE}", ""))
        for subject in subjects
    ]
    panels = [
        current_table.get((subject.kind, subject.code, f"{subject.statistic}{PANEL_CHANGE}", ""))
        for subject in subjects
    ]
    differences = [
        _change_difference(subject, row, current_table, earlier_table)
        for subject, row in zip(subjects, changes, strict=True)
    ]
    family = family_verdicts(differences, level=level)
    for position, (subject, change, panel) in enumerate(zip(subjects, changes, panels, strict=True)):
        if change is None or subject.breaks:
            yield ComparisonRow(
                compared_with="earlier_wave",
                cohort=cohort,
                subject_kind=subject.kind,
                subject=subject.code,
                statistic=subject.statistic,
                level=level,
                outcome="break" if subject.breaks else "withheld",
                correction="BH",
                family_size=family.size,
                breaks="; ".join(subject.breaks),
            )
            continue
        yield _row("earlier_wave", change, subject.statistic, family, position, composition(change, panel))


def _subjects(
    earlier: Questionnaire, later: Questionnaire, indicators: tuple[Indicator, ...]
) -> Iterator[_ComparedSubject]:
    for pair in later.core_pairs:
        yield _ComparedSubject("pair", pair.code, "gap", pair_breaks(pair.code, earlier, later))
    for indicator in indicators:
        reasons = indicator_breaks(indicator.code, indicators, earlier, later)
        yield _ComparedSubject("indicator", indicator.code, statistic_of(indicator), reasons)


def _change_difference(
    subject: _ComparedSubject, change: Any, current_table: Table, earlier_table: Table
) -> Difference:
    if change is None or subject.breaks:
        return NO_DIFFERENCE
    rows = [
        table.get((subject.kind, subject.code, subject.statistic, ""))
        for table in (earlier_table, current_table)
    ]
    bases = [_effective_base(row) for row in rows if row is not None]
    base, smaller_base = change.effective_base or change.base, min(bases, default=0.0)
    return Difference(change.value, change.se, change.p_value, base, smaller_base, change.unit)


def _effective_base(row: Any) -> float:
    return float(row.base or 0) if row.effective_base is None else row.effective_base


def composition(change: Any, panel: Any) -> str:
    """Returns how the changes of the panel and of all organisations disagree, which means that other organisations
    took part: which of the two is clear, or that their signs are opposite. Empty if they agree."""
    if panel is None or change.value is None or panel.value is None:
        return ""
    if change.value * panel.value < 0 and round(change.value, 1) and round(panel.value, 1):
        return "opposite"
    if _excludes_zero(change) != _excludes_zero(panel):
        return "clear_in_all" if _excludes_zero(change) else "clear_in_panel"
    return ""


def _excludes_zero(row: Any) -> bool:
    return row.ci_low is not None and row.ci_high is not None and (row.ci_low > 0 or row.ci_high < 0)


def gap_comparisons(table: Table, pairs: Sequence[Pair], *, level: float) -> Iterator[ComparisonRow]:
    """Yields each gap compared with zero. The correction is Holm's, because a headline must not be one of twenty
    chance results."""
    rows = [(pair, table.get(("pair", pair.code, "gap", ""))) for pair in pairs]
    released = [(pair, row) for pair, row in rows if row is not None]
    tests = [_tested_row(pair, row, table) for pair, row in released]
    differences = [
        Difference(row.value, row.se, test.p_value, None, None, "")
        for (_, row), test in zip(released, tests, strict=True)
    ]
    family = family_verdicts(differences, method="holm", level=level, smallest_base=0)
    for position, ((_, row), test) in enumerate(zip(released, tests, strict=True)):
        yield _row("zero", row, "gap", family, position, p_value=test.p_value, correction="holm")


def _tested_row(pair: Pair, gap: Any, table: Table) -> Any:
    """Returns the row with the test of a gap. Time bands use Wilcoxon's test, because they have no distances. All
    other pairs, and a release without that test, use the test of the mean."""
    ranked = table.get(("pair", pair.code, f"gap{MEDIAN}", "")) if pair.gap == "ordinal_time" else None
    return ranked or gap


def _row(
    compared_with: str,
    row: Any,
    statistic: str,
    family: Family,
    position: int,
    composition: str = "",
    **columns: Any,
) -> ComparisonRow:
    """Returns the comparison of a released difference. Numbers of a withheld difference stay empty."""
    outcome = family.verdicts[position]
    key = {
        "compared_with": compared_with,
        "cohort": row.cohort,
        "subject_kind": row.subject_kind,
        "subject": row.subject,
        "statistic": statistic,
        "level": row.level,
        "outcome": outcome,
        "family_size": family.size,
        "correction": columns.pop("correction", "BH"),
        "unit": row.unit,
    }
    if outcome == "withheld":
        return ComparisonRow(**key)
    numbers = {
        "difference": row.value,
        "ci_low": row.ci_low,
        "ci_high": row.ci_high,
        "p_value": row.p_value,
        "p_adjusted": family.p_adjusted[position],
        "composition": composition,
    }
    return ComparisonRow(**key, **(numbers | columns))
