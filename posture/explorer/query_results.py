"""Computes the lines of a question from a cube. It has no side effects."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from posture.analysis.cubes.cube import Cube
from posture.analysis.cubes.cuts import Cut, cut
from posture.analysis.cubes.frame import WAVE, Measure
from posture.analysis.cubes.selection import Query
from posture.analysis.cubes.significance import against_rest
from posture.analysis.estimates.cells import ITEM
from posture.explorer.choices import ExplorerChoices
from posture.explorer.query import ExplorerQuery
from posture.explorer.table_rows import HIGHER, LOWER, Group, TableRow, group_label
from posture.methods.intervals import LEVEL

SIGNIFICANT = 0.05


@dataclass(frozen=True)
class QueryResult:
    """The lines of a question. comparisons: how many groups were tested against the rest; they are corrected
    together."""

    rows: list[TableRow]
    largest_base: int
    comparisons: int
    level: float


def query_result(
    cube: Cube, query: ExplorerQuery, choices: ExplorerChoices, *, k: int, level: float = LEVEL
) -> QueryResult:
    """Returns every number of the selected subjects in every non-empty group. Each wave is counted separately: waves
    have organisations in common, so each group is compared with the rest of its own wave.

    Raises   KeyError for numbers that are not in the cube, because it was counted before the questionnaire changed.
    """
    rows: list[TableRow] = []
    largest = comparisons = 0
    for wave in query.filters.get(WAVE, choices.waves):
        wave_cut = cut(cube, _cube_query(cube, query, choices, wave), k=k, level=level)
        signs, tested = _signs_against_rest(wave_cut, is_weighted=bool(query.weighted_to))
        rows += _wave_rows(wave_cut, wave, query, choices, signs)
        largest, comparisons = max(largest, int(wave_cut.base.max(initial=0))), comparisons + tested
    return QueryResult(_sorted_rows(rows, query, choices), largest, comparisons, level)


def _cube_query(cube: Cube, query: ExplorerQuery, choices: ExplorerChoices, wave: str) -> Query:
    return Query(
        breaks=(_breaks(query),),
        segments={code: list(codes) for code, codes in query.filters.items()} | {WAVE: [wave]},
        answers=_answer_filters(query, choices),
        measures=[measure.key for measure in cube.frame.measures if _subject(measure) in query.subjects],
    )


def _breaks(query: ExplorerQuery) -> tuple[str, ...]:
    return tuple(code for code in query.cut_breaks if code != WAVE)


def _sorted_rows(rows: list[TableRow], query: ExplorerQuery, choices: ExplorerChoices) -> list[TableRow]:
    """Sorts lines as in the questionnaire; or the groups of each number, without groups the numbers themselves, by
    value or base. Lines without the value come last."""
    subjects = {key: position for position, key in enumerate(query.subjects)}
    codes = {
        grouping.code: {code: position for position, code in enumerate(grouping.labels)}
        for grouping in choices.breaks
    }
    measures: dict[tuple[str, str, str], int] = {}

    def table_position(row: TableRow) -> tuple[int, int]:
        key = (row.subject, row.statistic, row.option)
        return subjects[row.subject], measures.setdefault(key, len(measures))

    rows = sorted(
        rows, key=lambda row: (table_position(row), [codes[name][code] for name, code in row.group])
    )
    if query.sort == "given":
        return rows

    def sort_key(row: TableRow) -> tuple[bool, float]:
        size = row.value if query.sort == "value" else row.base
        return size is None, -(size or 0)

    if not query.cut_breaks:
        return sorted(rows, key=sort_key)
    return sorted(rows, key=lambda row: (table_position(row), sort_key(row)))


def _answer_filters(query: ExplorerQuery, choices: ExplorerChoices) -> Mapping[str, list[float]]:
    """Translates filters on answers to values of shares. For a multiple item all selected options were given. For any
    other item one of them was given: all other options have share 0."""
    filters: dict[str, list[float]] = {}
    for code, options in query.answers.items():
        item = choices.questionnaire.item(code)
        applicable = [option.code for option in item.options if option.meaning != "not_applicable"]
        if item.type == "multiple" or len(options) == 1:
            filters |= {_share_of(code, option): [1.0] for option in options}
        else:
            filters |= {_share_of(code, option): [0.0] for option in applicable if option not in options}
    return filters


def _share_of(item: str, option: str) -> str:
    return f"{ITEM}|{item}|share|{option}"


def _signs_against_rest(wave_cut: Cut, *, is_weighted: bool) -> tuple[np.ndarray, int]:
    """Returns 1 where a group is higher than the rest, -1 where it is lower, 0 where that is not clear."""
    contrasts = against_rest(wave_cut, weighted=is_weighted)
    with np.errstate(invalid="ignore"):
        is_clear = contrasts.p_adjusted <= SIGNIFICANT
        signs = np.where(is_clear, np.sign(contrasts.difference), 0)
    return signs, int((~np.isnan(contrasts.p)).sum())


def _wave_rows(
    wave_cut: Cut, wave: str, query: ExplorerQuery, choices: ExplorerChoices, signs: np.ndarray
) -> Iterator[TableRow]:
    block_rows = next(block.rows for block in wave_cut.blocks if block.dimensions == _breaks(query))
    for row in range(block_rows.start, block_rows.stop):
        codes = dict(zip(wave_cut.groups[row].dimensions, wave_cut.groups[row].codes, strict=True)) | {
            WAVE: wave
        }
        group = tuple((name, codes[name]) for name in query.cut_breaks)
        for column in range(len(wave_cut.measures)) if wave_cut.base[row].any() else ():
            position = row, column
            yield _table_row(
                wave_cut, position, group, choices, int(signs[position]), is_weighted=bool(query.weighted_to)
            )


def _subject(measure: Measure) -> str:
    return f"{measure.kind}:{measure.subject}"


def _table_row(
    wave_cut: Cut,
    position: tuple[int, int],
    group: Group,
    choices: ExplorerChoices,
    sign: int,
    *,
    is_weighted: bool,
) -> TableRow:
    measure, figures = (
        wave_cut.measures[position[1]],
        wave_cut.weighted if is_weighted else wave_cut.unweighted,
    )
    return TableRow(
        subject=_subject(measure),
        label=_label(measure, choices),
        statistic=measure.statistic,
        option=measure.option,
        group=group,
        group_label=group_label(group, choices),
        unit=measure.unit,
        base=int(wave_cut.base[position]),
        weighted_base=_number(wave_cut.weighted_base[position]) if is_weighted else None,
        effective_base=_number(figures.effective_base[position]) if is_weighted else None,
        value=_number(figures.value[position]),
        low=_number(figures.low[position]),
        high=_number(figures.high[position]),
        is_releasable=bool(wave_cut.releasable[position]),
        answers_needed=int(wave_cut.needed[position]),
        differs={1: HIGHER, -1: LOWER}.get(sign, ""),
    )


def _label(measure: Measure, choices: ExplorerChoices) -> str:
    if measure.kind == ITEM and measure.option:
        return (
            f"{measure.subject}: {choices.questionnaire.item(measure.subject).option(measure.option).label}"
        )
    subject = choices.subject(_subject(measure))
    return subject.label if subject else measure.subject


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
