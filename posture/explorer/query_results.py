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
from posture.explorer.choices import Offer
from posture.explorer.query import Question
from posture.explorer.table_rows import HIGHER, LOWER, Group, Line, group_label
from posture.methods.intervals import LEVEL

SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Found:
    """The lines of a question. comparisons: how many groups were tested against the rest; they are corrected
    together."""

    lines: list[Line]
    largest_base: int
    comparisons: int
    level: float


def found_in(cube: Cube, question: Question, offer: Offer, *, k: int, level: float = LEVEL) -> Found:
    """Returns every number of the selected subjects in every non-empty group. Each wave is counted separately: waves
    have organisations in common, so each group is compared with the rest of its own wave.

    Raises   KeyError for numbers that are not in the cube, because it was counted before the questionnaire changed.
    """
    lines: list[Line] = []
    largest = comparisons = 0
    for wave in question.kept.get(WAVE, offer.waves):
        counted = cut(cube, _query(cube, question, offer, wave), k=k, level=level)
        signs, tested = _differences(counted, is_weighted=bool(question.weighted_to))
        lines += _lines(counted, wave, question, offer, signs)
        largest, comparisons = max(largest, int(counted.base.max(initial=0))), comparisons + tested
    return Found(_in_order(lines, question, offer), largest, comparisons, level)


def _query(cube: Cube, question: Question, offer: Offer, wave: str) -> Query:
    return Query(
        breaks=(_breaks(question),),
        segments={code: list(kept) for code, kept in question.kept.items()} | {WAVE: [wave]},
        answers=_kept_answers(question, offer),
        measures=[one.key for one in cube.frame.measures if _subject(one) in question.subjects],
    )


def _breaks(question: Question) -> tuple[str, ...]:
    return tuple(one for one in question.cut_breaks if one != WAVE)


def _in_order(lines: list[Line], question: Question, offer: Offer) -> list[Line]:
    """Sorts lines as in the questionnaire; or the groups of each number, without groups the numbers themselves, by
    value or base. Lines without the value come last."""
    subjects = {key: place for place, key in enumerate(question.subjects)}
    codes = {one.code: {code: place for place, code in enumerate(one.labels)} for one in offer.breaks}
    measures: dict[tuple[str, str, str], int] = {}

    def number(line: Line) -> tuple[int, int]:
        key = (line.subject, line.statistic, line.option)
        return subjects[line.subject], measures.setdefault(key, len(measures))

    lines = sorted(lines, key=lambda line: (number(line), [codes[name][code] for name, code in line.group]))
    if question.sort == "given":
        return lines

    def order(line: Line) -> tuple[bool, float]:
        size = line.value if question.sort == "value" else line.base
        return size is None, -(size or 0)

    if not question.cut_breaks:
        return sorted(lines, key=order)
    return sorted(lines, key=lambda line: (number(line), order(line)))


def _kept_answers(question: Question, offer: Offer) -> Mapping[str, list[float]]:
    """Translates filters on answers to values of shares. For a multiple item all selected options were given. For any
    other item one of them was given: all other options have share 0."""
    found: dict[str, list[float]] = {}
    for code, options in question.answers.items():
        item = offer.questionnaire.item(code)
        shown = [option.code for option in item.options if option.meaning != "not_applicable"]
        if item.type == "multiple" or len(options) == 1:
            found |= {_share_of(code, option): [1.0] for option in options}
        else:
            found |= {_share_of(code, option): [0.0] for option in shown if option not in options}
    return found


def _share_of(item: str, option: str) -> str:
    return f"{ITEM}|{item}|share|{option}"


def _differences(counted: Cut, *, is_weighted: bool) -> tuple[np.ndarray, int]:
    """Returns 1 where a group is higher than the rest, -1 where it is lower, 0 where that is not clear."""
    contrasts = against_rest(counted, weighted=is_weighted)
    with np.errstate(invalid="ignore"):
        is_clear = contrasts.p_adjusted <= SIGNIFICANT
        signs = np.where(is_clear, np.sign(contrasts.difference), 0)
    return signs, int((~np.isnan(contrasts.p)).sum())


def _lines(counted: Cut, wave: str, question: Question, offer: Offer, signs: np.ndarray) -> Iterator[Line]:
    wanted = next(one.rows for one in counted.blocks if one.dimensions == _breaks(question))
    for row in range(wanted.start, wanted.stop):
        codes = dict(zip(counted.groups[row].dimensions, counted.groups[row].codes, strict=True)) | {
            WAVE: wave
        }
        group = tuple((name, codes[name]) for name in question.cut_breaks)
        for column in range(len(counted.measures)) if counted.base[row].any() else ():
            at = row, column
            yield _line(counted, at, group, offer, int(signs[at]), is_weighted=bool(question.weighted_to))


def _subject(measure: Measure) -> str:
    return f"{measure.kind}:{measure.subject}"


def _line(
    counted: Cut, at: tuple[int, int], group: Group, offer: Offer, sign: int, *, is_weighted: bool
) -> Line:
    measure, figures = counted.measures[at[1]], counted.weighted if is_weighted else counted.unweighted
    return Line(
        subject=_subject(measure),
        label=_label(measure, offer),
        statistic=measure.statistic,
        option=measure.option,
        group=group,
        group_label=group_label(group, offer),
        unit=measure.unit,
        base=int(counted.base[at]),
        weighted_base=_number(counted.weighted_base[at]) if is_weighted else None,
        effective_base=_number(figures.effective_base[at]) if is_weighted else None,
        value=_number(figures.value[at]),
        low=_number(figures.low[at]),
        high=_number(figures.high[at]),
        is_releasable=bool(counted.releasable[at]),
        needed=int(counted.needed[at]),
        differs={1: HIGHER, -1: LOWER}.get(sign, ""),
    )


def _label(measure: Measure, offer: Offer) -> str:
    if measure.kind == ITEM and measure.option:
        return f"{measure.subject}: {offer.questionnaire.item(measure.subject).option(measure.option).label}"
    subject = offer.subject(_subject(measure))
    return subject.label if subject else measure.subject


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
