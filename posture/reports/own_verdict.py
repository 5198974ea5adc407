"""The verdict on one organisation: how its pairs divide, in one sentence, and how that changed over its waves."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from posture.charts.strips import Segment, Strip
from posture.reports.sentences import Count, Sentence, sentence

PAIRS = "#topics"

UNKNOWN = "no_evidence"
CATEGORIES = {
    "over": lazy("Over-confident"),
    "aligned": lazy("Aligned"),
    "under": lazy("Under-confident"),
    "differs": lazy("Disagreement"),
    UNKNOWN: lazy("Unknown"),
}
CATEGORY_OF_KIND = {"over": "over", "aligned": "aligned", "under": "under", "unrecorded": "differs"}
"""Any other kind is unknown: no evidence, an estimate, weak evidence, one informant, or a missing answer."""


@dataclass(frozen=True)
class Division:
    """How many pairs are in each category, in the order of CATEGORIES."""

    counts: dict[str, int]

    @classmethod
    def of(cls, kinds: Sequence[str]) -> "Division":
        counts = dict.fromkeys(CATEGORIES, 0)
        for kind in kinds:
            counts[CATEGORY_OF_KIND.get(kind, UNKNOWN)] += 1
        return cls(counts)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def compared(self) -> int:
        return self.total - self.counts[UNKNOWN]

    @property
    def named(self) -> list[tuple[str, str, int]]:
        """Returns code, title and number of each category that has pairs."""
        return [
            (code, str(title), self.counts[code]) for code, title in CATEGORIES.items() if self.counts[code]
        ]

    @property
    def strip(self) -> Strip:
        segments, start = [], 0.0
        for code, _title, count in self.named:
            width = 100 * count / self.total
            segments.append(Segment(code, round(start, 2), round(width, 2), str(count)))
            start += width
        return Strip(segments=tuple(segments))

    @property
    def headline(self) -> str:
        over, under = self.counts["over"], self.counts["under"]
        if not self.compared:
            return _("Nothing can be compared yet")
        if self.counts[UNKNOWN] > self.compared:
            return _("Most beliefs have no record behind them")
        if over > under:
            return _("Belief goes further than the records")
        if under > over:
            return _("The records show more than is believed")
        return _("Belief and records mostly agree") if over == 0 else _("Belief and records differ both ways")

    @property
    def verdict(self) -> Sentence:
        """Returns the verdict with its numbers. Their receipt is the list of pairs on the page."""
        if not self.compared:
            return sentence(_("In each pair a belief or its evidence is missing."))
        unknown = self.counts[UNKNOWN]
        first = _(
            "In {over} of {total} pairs the belief is more favourable than the record, in {aligned} both agree."
        )
        second = ngettext(
            "For {unknown} pair the record is missing or can't be relied on.",
            "For {unknown} pairs the record is missing or can't be relied on.",
            unknown,
        )
        numbers = {
            "over": self.counts["over"],
            "total": self.total,
            "aligned": self.counts["aligned"],
            "unknown": unknown,
        }
        return sentence(
            f"{first} {second}" if unknown else first,
            **{name: Count(str(number), PAIRS) for name, number in numbers.items()},
        )


@dataclass(frozen=True)
class WaveDivision:
    """The division of one wave. score: the evidence score as text."""

    title: str
    address: str
    division: Division
    score: str
    is_current: bool
