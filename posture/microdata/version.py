"""Which answers there are, told from the submitted responses without reading an answer."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, QuerySet

from posture.microdata.respondents import submitted
from surveys.instrument import Questionnaire
from surveys.models import Response, Wave


@dataclass(frozen=True)
class WaveVersion:
    """responses: how many count. latest: when the last of them was submitted. corrected: the last correction of
    submitted answers, which only an import makes."""

    wave_id: int
    slug: str
    questionnaire: Questionnaire
    questionnaire_digest: str
    responses: int
    latest: datetime | None
    corrected: datetime | None


def versions_of(questionnaire: str) -> tuple[WaveVersion, ...]:
    """All waves of a questionnaire, whatever its version, the oldest first."""
    waves = Wave.objects.filter(questionnaire__slug=questionnaire).select_related("questionnaire")
    counted = {
        wave: found
        for wave, *found in _counting(questionnaire)
        .order_by()
        .values_list("invitation__wave_id")
        .annotate(Count("pk"), Max("submitted_at"), Max("corrected_at"))
    }
    return tuple(
        WaveVersion(
            wave.pk,
            wave.slug,
            wave.questionnaire.definition,
            wave.questionnaire.digest,
            *counted.get(wave.pk, (0, None, None)),
        )
        for wave in waves.order_by("opens_at", "pk")
    )


def _counting(questionnaire: str) -> QuerySet[Response]:
    """Submitted responses by invitations that stand."""
    return Response.objects.filter(
        invitation__wave__questionnaire__slug=questionnaire,
        invitation__revoked_at=None,
        submitted_at__isnull=False,
    )


def fielded_questionnaires() -> list[str]:
    found = Wave.objects.order_by("questionnaire__slug").values_list("questionnaire__slug", flat=True)
    return list(found.distinct())


def submitted_since(wave_id: int, latest: datetime | None) -> list[int]:
    """The organisation of each response submitted after `latest`; None for all of the wave."""
    rows = submitted(wave_id, organizations=None)
    if latest is not None:
        rows = rows.filter(submitted_at__gt=latest)
    return list(rows.order_by().values_list("invitation__organization_id", flat=True))


def has_newer(questionnaire: str, latest: datetime | None) -> bool:
    """Whether a response was submitted after `latest`. By an index: only the newer ones are looked at."""
    rows = _counting(questionnaire)
    return (rows if latest is None else rows.filter(submitted_at__gt=latest)).exists()
