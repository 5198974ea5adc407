"""An organisation's own evidence scores, those of its cohort, and its standing among the others."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.analysis.answers.scoring import MATURITY, Score, scores_of
from posture.analysis.answers.wave_data import WaveData
from posture.charts import number_text
from posture.models import OrganizationStanding, Release
from posture.releases.queries import EstimateTable, standings_of
from posture.reports.values import Value
from posture.stored_definitions import catalogue
from surveys.instrument.questionnaire_definition import Questionnaire

QUARTERS = {1: "lowest", 2: "second", 3: "third", 4: "highest"}
NOT_YET_PUBLISHED = lazy("After the wave, once its report is published.")
UNRANKED_TEXTS = {
    "above": lazy("Above the median of fewer than ten others."),
    "below": lazy("Below the median of fewer than ten others."),
    "too_few": lazy("Too few to rank."),
}


@dataclass(frozen=True)
class OwnScore:
    """value: own score as text, or why there is none; answered_items: how many of the applicable items were
    answered."""

    title: str
    is_total: bool
    value: str
    answered_items: str
    cohort: Value
    standing: str


def own_scores(
    questionnaire: Questionnaire,
    data: WaveData,
    table: EstimateTable,
    release: Release | None,
    organization: int,
) -> list[OwnScore]:
    """Returns the scores. `release`: the published one of the organisation's own wave, None before it exists."""
    file = catalogue.score_file(questionnaire.slug)
    if file is None or not len(data.units):
        return []
    standings = standings_of(release, organization) if release else {}
    return [
        OwnScore(
            title=score_title(questionnaire, score.code),
            is_total=score.code == MATURITY,
            value=_value(score),
            answered_items=f"{score.answered[0]} of {score.applicable[0]}",
            cohort=Value.of(table.row("score", score.code, "mean")),
            standing=standing_text(standings.get(score.code)) if release else str(NOT_YET_PUBLISHED),
        )
        for score in scores_of(file, questionnaire, data)
    ]


def _value(score: Score) -> str:
    if not score.applicable[0]:
        return _("Does not apply")
    if score.value[0] != score.value[0]:
        return _("Too little answered")
    return number_text.rounded(float(score.value[0]))


def standing_text(standing: OrganizationStanding | None) -> str:
    if standing is None:
        return _("Without a score there is no place.")
    if standing.kind == "percentile":
        return _("About percentile {band} ({low} to {high}), among {peers} or more others.").format(
            band=standing.band, low=standing.low, high=standing.high, peers=standing.peers
        )
    if standing.kind == "quarter" and standing.band is not None:
        return _("In the {quarter} quarter, among {peers} or more others.").format(
            quarter=QUARTERS[standing.band], peers=standing.peers
        )
    return str(UNRANKED_TEXTS[standing.kind])


def score_title(questionnaire: Questionnaire, code: str) -> str:
    return _("All domains together") if code == MATURITY else questionnaire.section(code).title
