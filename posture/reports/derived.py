"""Numbers derived from two other numbers: the statistic that they compare, and the kind of comparison."""

from posture.analysis.release_rows.rest import AGAINST_REST
from posture.analysis.waves.changes import CHANGE, PANEL_CHANGE

IN_EITHER = "Organisations that are in the base of this number in at least one of the two waves."
IN_BOTH = "Organisations that are in the base of this number in both waves; each counts once."
IN_OR_OUTSIDE_COHORT = "Organisations in the base of this number, in the cohort or outside it."
COMPARISON_KINDS = {
    PANEL_CHANGE: ("change since the earlier wave, among those in both", IN_BOTH),
    CHANGE: ("change since the earlier wave, all organisations", IN_EITHER),
    AGAINST_REST: ("against all other organisations", IN_OR_OUTSIDE_COHORT),
}


def compared_statistic(statistic: str) -> str:
    """Returns the compared statistic: gap for gap_panel_change."""
    ending = _ending(statistic)
    return statistic.removesuffix(ending) if ending else statistic


def comparison_kind(statistic: str) -> tuple[str, str] | None:
    """Returns the kind of comparison and its base as text; None for a number that is not a comparison."""
    ending = _ending(statistic)
    return COMPARISON_KINDS[ending] if ending else None


def _ending(statistic: str) -> str:
    return next((ending for ending in COMPARISON_KINDS if statistic.endswith(ending)), "")
