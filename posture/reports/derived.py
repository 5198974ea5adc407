"""Numbers that are made of two others: which statistic they compare, and in which way."""

from posture.analysis.release_rows.rest import AGAINST_REST
from posture.analysis.waves.changes import CHANGE, PANEL_CHANGE

IN_EITHER = "Organisations that are in the base of this number in at least one of the two waves."
IN_BOTH = "Organisations that are in the base of this number in both waves; each counts once."
EVERYBODY = "Organisations in the base of this number, in the cohort or outside it."
WAYS = {
    PANEL_CHANGE: ("change since the earlier wave, among those in both", IN_BOTH),
    CHANGE: ("change since the earlier wave, all organisations", IN_EITHER),
    AGAINST_REST: ("against all other organisations", EVERYBODY),
}


def plain_statistic(statistic: str) -> str:
    """gap_panel_change is about gap."""
    ending = _ending(statistic)
    return statistic.removesuffix(ending) if ending else statistic


def way(statistic: str) -> tuple[str, str] | None:
    """In words, with the words for its base; None for a number that stands alone."""
    ending = _ending(statistic)
    return WAYS[ending] if ending else None


def _ending(statistic: str) -> str:
    return next((ending for ending in WAYS if statistic.endswith(ending)), "")
