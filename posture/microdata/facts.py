"""What a release says about its wave."""

from dataclasses import dataclass
from datetime import datetime

from surveys.instrument import Questionnaire
from surveys.models import Wave


@dataclass(frozen=True)
class WaveFacts:
    title: str
    slug: str
    questionnaire: Questionnaire
    questionnaire_source: str
    opens_at: datetime
    closes_at: datetime
    is_closed: bool
    is_synthetic: bool


def wave_facts(wave_id: int, *, at: datetime) -> WaveFacts:
    wave = Wave.objects.select_related("questionnaire").get(pk=wave_id)
    return WaveFacts(
        title=wave.title,
        slug=wave.slug,
        questionnaire=wave.questionnaire.definition,
        questionnaire_source=wave.questionnaire.source,
        opens_at=wave.opens_at,
        closes_at=wave.closed_at or wave.closes_at,
        is_closed=not wave.is_open(at) and at >= wave.opens_at,
        is_synthetic=wave.is_synthetic,
    )


def wave_id_of(slug: str) -> int | None:
    return Wave.objects.filter(slug=slug).values_list("pk", flat=True).first()
