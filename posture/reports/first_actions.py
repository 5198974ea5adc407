"""Ranks the pairs of one organisation: which ones to act on first.

Pure: plain values in, plain values out. The rule and its numbers are in METHODS.md, "What to do first".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from posture.definitions.actions import LARGEST_IMPORTANCE

MOST_ENTRIES = 5
FULL_POINTS, FULL_BANDS = 50.0, 4.0
ALIGNED_WITHIN_POINTS = 10.0
YES_NO_GAP = 0.6
UNKNOWN_GAP = 0.5
UNDER_CONFIDENT = 0.25
PERCENT, TIME, INFORMANT = "percent", "ordinal_time", "informant"

RECORD, ESTIMATE, ONE_INFORMANT, WEAK, NOBODY = "record", "estimate", "one_informant", "weak", "nobody"
QUALITY = {RECORD: 1.0, ESTIMATE: 0.8, ONE_INFORMANT: 0.7, WEAK: 0.6, NOBODY: 0.5}
# Results without a known gap: the type of their next step is their own name.
UNKNOWN = {"estimated": ESTIMATE, "weak": WEAK, "no_evidence": NOBODY, "dont_know": NOBODY}
WITHOUT_ENTRY = ("aligned", "incomplete")


@dataclass(frozen=True)
class PairResult:
    """The result of one organisation for one pair.

    kind      over, under, aligned, weak, estimated, no_evidence, dont_know, single or incomplete
    gap       signed, above zero if the belief is too good; in points, in bands, or 1 and -1 for yes and no. None if
              unknown; over and under of a yes/no pair need none
    gap_kind  the kind of gap of the pair in the questionnaire
    """

    pair: str
    kind: str
    gap: float | None
    gap_kind: str
    has_direction: bool = True


@dataclass(frozen=True)
class FirstAction:
    """A pair to act on. `type` names the next step in the action file; the other values explain the rank."""

    pair: str
    type: str
    importance: int
    gap: float
    quality: str

    @property
    def score(self) -> float:
        return round(self.importance / LARGEST_IMPORTANCE * self.gap * QUALITY[self.quality], 6)


def first_actions(
    results: Iterable[PairResult], importance: Mapping[str, int], *, most: int = MOST_ENTRIES
) -> list[FirstAction]:
    """Returns the entries with the highest scores, at most `most`.

    importance   1 to 5 by the code of the pair; a pair without one has no entry
    Missing      aligned and incomplete pairs, pairs without a good direction, and gaps of zero have no entry
    Ties         the more important pair first, then the larger gap, then the code of the pair
    """
    entries = [
        entry
        for result in results
        if result.pair in importance and (entry := _entry(result, importance[result.pair])) is not None
    ]
    entries.sort(key=lambda entry: (-entry.score, -entry.importance, -entry.gap, entry.pair))
    return entries[:most]


def _entry(result: PairResult, importance: int) -> FirstAction | None:
    if not result.has_direction or result.kind in WITHOUT_ENTRY:
        return None
    if result.kind in UNKNOWN:
        return FirstAction(result.pair, result.kind, importance, UNKNOWN_GAP, UNKNOWN[result.kind])
    direction = _direction(result)
    gap = _magnitude(result)
    if not direction or not gap:
        return None
    quality = ONE_INFORMANT if result.kind == "single" else RECORD
    if direction == "over":
        return FirstAction(result.pair, "over", importance, gap, quality)
    if result.gap_kind == INFORMANT:
        return FirstAction(result.pair, "disagreement", importance, gap, quality)
    return FirstAction(result.pair, "under", importance, gap * UNDER_CONFIDENT, quality)


def _direction(result: PairResult) -> str:
    """Returns over or under; "" if belief and evidence of a single informant agree, or their gap is unknown.

    Raises ValueError for an unknown kind.
    """
    if result.kind in ("over", "under"):
        return result.kind
    if result.kind != "single":
        raise ValueError(f"unknown kind of result: {result.kind}")
    limit = ALIGNED_WITHIN_POINTS if result.gap_kind == PERCENT else 0.0
    if result.gap is None or abs(result.gap) <= limit:
        return ""
    return "over" if result.gap > 0 else "under"


def _magnitude(result: PairResult) -> float:
    """Returns the size of the gap from 0 to 1. A share or a time without a number counts as unknown."""
    if result.gap_kind not in (PERCENT, TIME):
        return YES_NO_GAP
    if result.gap is None:
        return UNKNOWN_GAP
    return min(1.0, abs(result.gap) / (FULL_POINTS if result.gap_kind == PERCENT else FULL_BANDS))
