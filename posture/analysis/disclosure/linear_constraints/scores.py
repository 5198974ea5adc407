"""Counts and sums of scores. A score is a mean of answers that are published as well. The score times its base and
the number of its parts is the sum of the parts over the organisations that have exactly these parts. The remainder is
about the other organisations, which may be few."""

import numpy as np

from posture.analysis.answers.scoring import Score, ScorePart
from posture.analysis.answers.wave_data import (
    DONT_KNOW,
    NO_EVIDENCE,
    NOT_APPLICABLE,
    ROUTED_OUT,
    Mask,
    WaveData,
)
from posture.analysis.disclosure.linear_constraints.counts import Relations, RowCounts, Terms
from posture.analysis.disclosure.linear_constraints.items import EVERYBODY, estimated_group, shown_options
from posture.analysis.estimates.cells import SCORE
from surveys.instrument.questionnaire_definition import Item, Questionnaire

MEAN = "mean"
ALL_PARTS_NEEDED = 2


def add_score(relations: Relations, score: Score, questionnaire: Questionnaire, data: WaveData) -> None:
    """Adds a score. Raises KeyError where a part has no count: items come before domains, domains before the
    maturity."""
    has_score = ~np.isnan(score.value)
    place = relations.count(f"{score.code} score", np.nan_to_num(score.value), has_score, top=100.0)
    base = relations.base(f"{score.code} scored", has_score)
    relations.add_row((SCORE, score.code, MEAN, ""), RowCounts(place), base)
    if EVERYBODY in relations:
        without = relations.group(f"{score.code} without a score", ~has_score, is_silence=True)
        relations.holds(relations.place(EVERYBODY), [base, without], is_of_role=True)
    sums = [_PartSum(part, relations, data) for part in score.parts]
    items = [questionnaire.item(part.subject) for part in score.parts if part.subject in data.columns]
    for part in sums:
        if part.part.subject in data.columns:
            counted = _add_counted(relations, score, base, questionnaire, part)
            if len(items) == len(sums) == ALL_PARTS_NEEDED:
                absences = _left_out(relations, part.part, items)
                limit = ((base, 1.0), (counted, -1.0), *((place, -1.0) for place in absences))
                relations.at_most_zero.append(limit)
    needs_all = _needs_all(sums, questionnaire)
    for size in sorted({int(number) for number in score.answered[has_score]}):
        outside = _outside(relations, score, base, sums) if needs_all and size == len(sums) else None
        _add_remainder(relations, score, place, sums, size, outside)
    if len(sums) <= ALL_PARTS_NEEDED:
        for part in sums:
            _add_difference_of_bases(relations, score, part)


class _PartSum:
    """The published numbers of a part, as counts with factors, and the contribution of each organisation."""

    def __init__(self, part: ScorePart, relations: Relations, data: WaveData) -> None:
        self.part, column = part, data.columns.get(part.subject)
        self.terms: tuple[tuple[int, float], ...]
        if column is None:
            self.terms = ((relations.place(f"{part.subject} score"), 1.0),)
            self.gave = part.counted
        elif part.points:
            options = {code: relations.place(f"{part.subject} {code}") for code in part.points}
            self.terms = tuple((options[code], worth) for code, worth in part.points.items() if worth)
            self.gave = column.gave & ~column.chose(*part.leaves)
        else:
            self.terms = ((relations.place(f"{part.subject} mean"), 1.0),)
            self.gave = column.gave
        self.adds = sum(factor * relations.counts[place].scores for place, factor in self.terms)
        self.column = column
        self.estimated: tuple[int, ...] = ()
        self.has_substance = self.gave if column is None else self.gave & column.answered


def _add_counted(
    relations: Relations, score: Score, scored: int, questionnaire: Questionnaire, part: _PartSum
) -> int:
    """The group whose answer to the part counts. A substantive answer counts unless it is given without records; an
    answer that nothing is known always counts. With a single part, all organisations that it counts have the score."""
    assert part.column is not None
    item = questionnaire.item(part.part.subject)
    column, points, leaves = part.column, part.part.points, part.part.leaves
    has_known_answer = (column.answered | column.is_in(DONT_KNOW, NO_EVIDENCE)) & ~column.chose(*leaves)
    counted = scored
    if len(score.parts) > 1:
        counted = relations.group(f"{score.code} counts {item.code}", part.part.counted)
    substantive = [f"{item.code} {code}" for code in points] or [f"{item.code} answered"]
    unknown = [
        f"{item.code} {option.code}"
        for option in shown_options(item)
        if option.meaning in (DONT_KNOW, NO_EVIDENCE) and option.code not in leaves
    ]
    parts = [relations.place(name) for name in (*substantive, *unknown)]
    factors = [1.0] * len(parts)
    if questionnaire.takes_basis(item):
        estimated = estimated_group(relations, item, points, has_known_answer & ~part.part.counted)
        part.estimated = (estimated,)
        parts.append(estimated)
        factors.append(-1.0)
    relations.holds(counted, parts, factors)
    return counted


def _left_out(relations: Relations, part: ScorePart, items: list[Item]) -> list[int]:
    """Counts of organisations to which a part does not apply while others may. They include all organisations that
    have a score of two parts and not this part. Items behind the same gate are left out together."""
    states = [NOT_APPLICABLE]
    if len({str(item.ask_if) for item in items}) > 1:
        states.append(ROUTED_OUT)
    names = [f"{part.subject} {suffix}" for suffix in (*states, *part.leaves)]
    return [relations.place(name) for name in names if name in relations]


def _needs_all(sums: list[_PartSum], questionnaire: Questionnaire) -> bool:
    """Whether all organisations that have the score have all of its parts. With more than two parts a few may be
    missing."""
    if len(sums) == 1:
        return True
    return len(sums) <= ALL_PARTS_NEEDED and all(
        part_sum.column is not None
        and not _may_not_apply(part_sum.part, questionnaire.item(part_sum.part.subject))
        for part_sum in sums
    )


def _outside(relations: Relations, score: Score, scored: int, sums: list[_PartSum]) -> Terms:
    """Counts whose sum is at least the number of organisations whose answers count to no score, where every score has
    all parts: those that estimated a part and to whose score it would count."""
    terms: list[tuple[int, float]] = []
    for part in (part_sum for part_sum in sums if part_sum.column is not None):
        if len(sums) > 1:
            terms += [(relations.place(f"{score.code} counts {part.part.subject}"), 1.0), (scored, -1.0)]
        terms += [(place, 1.0) for place in part.estimated]
    return tuple(terms)


def _may_not_apply(part: ScorePart, item: Item) -> bool:
    is_offered = any(option.meaning == NOT_APPLICABLE for option in item.options)
    return is_offered or bool(part.leaves) or item.ask_if is not None


def _add_remainder(
    relations: Relations,
    score: Score,
    place: int,
    sums: list[_PartSum],
    size: int,
    outside: Terms | None,
) -> None:
    """Adds the remainder: the score times `size` minus its parts. It is zero for organisations that have `size` parts
    and no answer that did not count, so it is a sum of answers of the others. outside: counts that limit the number
    of these."""
    others = _others(score, sums, size)
    if outside is None and not others.any():
        return
    values = size * np.nan_to_num(score.value) - sum(part.adds for part in sums)
    name = f"{score.code} score beside {size} of its parts"
    top = 100.0 * max(size, len(sums))
    options = {"top": top, "is_sensitive": False, "is_difference": True, "is_group": True}
    remainder = relations.count(name, values, others, **options)
    parts = [(place, float(size)), *((other, -factor) for part in sums for other, factor in part.terms)]
    relations.holds(remainder, [count for count, _ in parts], [factor for _, factor in parts])
    relations.expose((SCORE, score.code, MEAN), name, others, may_be_empty=True)
    if outside is not None:
        limit = tuple((count, -top * factor) for count, factor in outside)
        relations.at_most_zero += [((remainder, sign), *limit) for sign in (1.0, -1.0)]


def _others(score: Score, sums: list[_PartSum], size: int) -> Mask:
    has_score = ~np.isnan(score.value)
    counts = np.array([part.part.counted & part.has_substance for part in sums])
    uncounted = np.array([part.has_substance & ~(part.part.counted & has_score) for part in sums])
    return (has_score & (score.answered != size) & counts.any(axis=0)) | uncounted.any(axis=0)


def _add_difference_of_bases(relations: Relations, score: Score, part: _PartSum) -> None:
    """Adds the difference of the bases of a score and a part. An organisation with a score has answered every part,
    so the difference is those that answered the part and have no score. An answer that the questionnaire calls not
    applicable is in no base and has no count."""
    has_score = ~np.isnan(score.value)
    apart = has_score ^ part.gave
    if not apart.any() or f"{part.part.subject} gave" not in relations:
        return
    name = f"{score.code} scored beside {part.part.subject}"
    values = has_score.astype(float) - part.gave
    options = {"is_sensitive": False, "is_difference": True, "is_group": True}
    difference = relations.count(name, values, apart, **options)
    names = [f"{part.part.subject} {code}" for code in part.part.leaves]
    leaves = [relations.place(leaving) for leaving in names if leaving in relations]
    scored, gave = relations.place(f"{score.code} scored"), relations.place(f"{part.part.subject} gave")
    relations.holds(difference, [scored, gave, *leaves], [1.0, -1.0, *[1.0] * len(leaves)])
    relations.expose((SCORE, score.code, MEAN), name, apart, may_be_empty=True)
