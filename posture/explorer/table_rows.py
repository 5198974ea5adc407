"""One line of the explorer's table: a number of a group with its bases, its interval and its marks."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from posture.analysis.estimates.comparison import SMALLEST_BASE
from posture.charts import number_text
from posture.explorer.choices import ExplorerChoices

Group = tuple[tuple[str, str], ...]
HIGHER, LOWER = "higher", "lower"
DIFFERENCE_MARKS = {HIGHER: "▲", LOWER: "▼"}
STATISTICS = {
    "over": "Over-confident",
    "under": "Under-confident",
    "belief_dont_know": lazy("Belief: don't know"),
    "evidence_dont_know": lazy("Evidence: don't know"),
    "single_informant_gap": lazy("Gap, one informant"),
}
DIFFERENCE_TEXTS = {HIGHER: lazy("higher than the rest"), LOWER: lazy("lower than the rest")}
PERCENTAGES = ("share", "percent")


@dataclass(frozen=True)
class TableRow:
    """subject: its key in the offer. value, low and high are in `unit`, shares 0-1. answers_needed: how many more
    organisations must answer until the number may be released, 0 when it may. differs: from the rest, after
    correction for all comparisons of the table."""

    subject: str
    label: str
    statistic: str
    option: str
    group: Group
    group_label: str
    unit: str
    base: int
    weighted_base: float | None
    effective_base: float | None
    value: float | None
    low: float | None
    high: float | None
    is_releasable: bool
    answers_needed: int
    differs: str = ""

    @property
    def is_small(self) -> bool:
        return (self.effective_base or self.base) < SMALLEST_BASE

    @property
    def is_faint(self) -> bool:
        """Returns whether the number is unreliable: a small base, or not releasable."""
        return self.is_small or not self.is_releasable

    @property
    def text(self) -> str:
        return number_text.figure(self.value, self.unit, is_level=self.statistic in ("belief", "evidence"))

    @property
    def short(self) -> str:
        """Returns the number without its unit, for a table with a single unit."""
        return self.text.removesuffix(" points").removesuffix(" bands")

    @property
    def interval(self) -> str:
        return number_text.interval(self.low, self.high, self.unit)

    @property
    def mark(self) -> str:
        return DIFFERENCE_MARKS.get(self.differs, "")

    @property
    def mark_words(self) -> str:
        return str(DIFFERENCE_TEXTS.get(self.differs, ""))

    @property
    def statistic_words(self) -> str:
        return str(STATISTICS.get(self.statistic, self.statistic.replace("_", " ").capitalize()))

    @property
    def weighted_words(self) -> str:
        return "" if self.weighted_base is None else number_text.rounded(self.weighted_base, 1)

    @property
    def effective_words(self) -> str:
        return "" if self.effective_base is None else number_text.rounded(self.effective_base)

    @property
    def base_words(self) -> str:
        if self.effective_base is None or self.effective_base >= self.base:
            return f"base {self.base}"
        return _("base {base}, effective {rounded}").format(
            base=self.base, rounded=number_text.rounded(self.effective_base)
        )

    @property
    def releasability_text(self) -> str:
        """Returns whether a release could show the number, as text."""
        if self.is_releasable:
            return _("Small base") if self.is_small else ""
        return ngettext(
            "{number} more answer needed", "{number} more answers needed", self.answers_needed
        ).format(number=self.answers_needed)

    def on_axis(self, value: float | None) -> float | None:
        """Returns the value on the axis of a chart, where shares are in percent."""
        return 100 * value if value is not None and self.unit == "share" else value


def group_label(group: Group, choices: ExplorerChoices) -> str:
    return ", ".join(choices.break_by(name).labels.get(code, code) for name, code in group) or "All"
