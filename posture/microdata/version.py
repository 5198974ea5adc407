"""Identifies the current state of the answers by the tallies of submissions and changes in the database. The cost
does not depend on the number of responses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from posture.microdata.respondents import submitted_responses
from surveys.instrument.questionnaire_definition import Questionnaire
from surveys.models import Tally, Wave

TALLY_FIELDS = ("submissions", "latest", "changes")


@dataclass(frozen=True)
class WaveVersion:
    """The state of the answers of a wave. submissions: the number of submissions ever made. latest: the time of the
    last one. changes: how often a submission was corrected, revoked or deleted, or its organisation moved to another
    cohort."""

    wave_id: int
    slug: str
    questionnaire: Questionnaire
    questionnaire_digest: str
    submissions: int
    latest: datetime | None
    changes: int


def versions_of(questionnaire: str) -> tuple[WaveVersion, ...]:
    """The versions of all waves of a questionnaire, for all its versions, the oldest first."""
    waves = Wave.objects.filter(questionnaire__slug=questionnaire).select_related("questionnaire")
    tallies = {wave: tally for wave, *tally in _tallies(questionnaire).values_list("wave_id", *TALLY_FIELDS)}
    return tuple(
        WaveVersion(
            wave.pk,
            wave.slug,
            wave.questionnaire.definition,
            wave.questionnaire.digest,
            *tallies.get(wave.pk, (0, None, 0)),
        )
        for wave in waves.order_by("opens_at", "pk")
    )


def tallies_of(questionnaire: str) -> dict[int, tuple[int, int]]:
    """Submissions and changes by the key of the wave; waves without a submission are left out."""
    rows = _tallies(questionnaire).values_list("wave_id", "submissions", "changes")
    return {wave: (submissions, changes) for wave, submissions, changes in rows}


def answers_of(waves: Sequence[int]) -> str:
    """A value that changes whenever a response to one of these waves is submitted, corrected, revoked, withdrawn or
    erased, or its organisation moves to another cohort. It has no other meaning."""
    tallies = {
        wave: (submissions, changes)
        for wave, submissions, changes in Tally.objects.filter(wave__in=waves)
        .order_by()
        .values_list("wave_id", "submissions", "changes")
    }
    return " ".join("-".join(map(str, (wave, *tallies.get(wave, (0, 0))))) for wave in waves)


def _tallies(questionnaire: str) -> QuerySet[Tally]:
    return Tally.objects.filter(wave__questionnaire__slug=questionnaire).order_by()


def fielded_questionnaires() -> list[str]:
    slugs = Wave.objects.order_by("questionnaire__slug").values_list("questionnaire__slug", flat=True)
    return list(slugs.distinct())


def submitted_between(wave_id: int, after: datetime | None, until: datetime | None) -> list[int]:
    """The organisation of each response submitted later than `after` and not later than `until`; None is no limit.
    The query uses an index and reads only these responses."""
    rows = submitted_responses(wave_id, organizations=None)
    if after is not None:
        rows = rows.filter(submitted_at__gt=after)
    if until is not None:
        rows = rows.filter(submitted_at__lte=until)
    return list(rows.order_by().values_list("invitation__organization_id", flat=True))
