"""The columns of a comparison of a release, stored or unstored."""

from dataclasses import dataclass, fields
from typing import Any

from posture.analysis.estimates.comparison import ComparisonOutcome
from posture.analysis.estimates.difference_verdicts import DifferenceVerdict

NO_VERDICT = (
    "withheld",
    "told_as_range",
    "not_like_for_like",
    "small_base",
    "spread_unknown",
    "much_nonresponse",
    "break",
)
ComparisonKey = tuple[str, str, str, str, str, str]


@dataclass(frozen=True)
class ComparisonRow:
    """A comparison. difference, ci_low and ci_high: shares (0-1) against a benchmark, else in `unit`.

    p_adjusted         p_value corrected for the family_size comparisons that were tested together
    outcome            a verdict, or the reason why there is none
    benchmark          code of the published figure; empty for other comparisons
    breaks             the differences between two waves, where the reason is "break"
    depends_on_design  the verdict would differ with a design effect of the publisher's sample
    composition        where the organisations in both waves have another result than all organisations
    """

    compared_with: str
    cohort: str
    subject_kind: str
    subject: str
    statistic: str
    level: float
    outcome: ComparisonOutcome | DifferenceVerdict
    correction: str
    family_size: int
    benchmark: str = ""
    closeness: str = ""
    caveat: str = ""
    unit: str = ""
    difference: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    breaks: str = ""
    by_less_than_margin: bool = False
    base_is_known: bool = True
    tipping_base: int | None = None
    flips: bool = False
    depends_on_design: bool = False
    composition: str = ""

    @property
    def key(self) -> ComparisonKey:
        return (
            self.compared_with,
            self.cohort,
            self.subject_kind,
            self.subject,
            self.statistic,
            self.benchmark,
        )

    def as_columns(self) -> dict[str, Any]:
        """The columns of the table, without the benchmark, which is another row."""
        has_verdict = self.outcome not in NO_VERDICT
        columns = {name: getattr(self, name) for name in COLUMNS if name not in ("verdict", "reason")}
        return columns | {
            "verdict": self.outcome if has_verdict else "",
            "reason": "" if has_verdict else self.outcome,
        }


COLUMNS = (
    *(field.name for field in fields(ComparisonRow) if field.name not in ("benchmark", "outcome")),
    "verdict",
    "reason",
)
