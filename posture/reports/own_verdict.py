"""The verdict on one organisation: how its pairs divide, in one sentence, and how that changed over its waves."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from posture.charts.strips import Segment, Strip

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
    def verdict(self) -> str:
        """Returns the verdict in one sentence."""
        over, unknown = self.counts["over"], self.counts[UNKNOWN]
        if not self.compared:
            return _("No pair can be compared yet: a belief or its evidence is missing everywhere.")
        if over:
            first = ngettext(
                "In {over} of {total} pairs you believe more than your records show.",
                "In {over} of {total} pairs you believe more than your records show.",
                over,
            )
        else:
            first = _("In none of {total} pairs do you believe more than your records show.")
        second = ngettext(
            "For {unknown} pair nobody can show the record.",
            "For {unknown} pairs nobody can show the record.",
            unknown,
        )
        words = f"{first} {second}" if unknown else first
        return words.format(over=over, total=self.total, unknown=unknown)


@dataclass(frozen=True)
class WaveDivision:
    """The division of one wave. score: the evidence score as text."""

    title: str
    address: str
    division: Division
    score: str
    is_current: bool
