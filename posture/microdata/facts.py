"""The facts of a wave that its release states."""

from dataclasses import dataclass, fields
from datetime import datetime

from surveys.instrument.questionnaire_definition import Questionnaire
from surveys.models import Wave


@dataclass(frozen=True)
class StatedFacts:
    """The facts that only a person can state; empty or None where none did. `sampling`: a code of Wave.Sampling."""

    sponsor: str
    conducted_by: str
    population: str
    population_size: int | None
    frame: str
    sampling: str
    recruitment: str
    mode: str
    language: str
    eligible_percent: float | None
    eligible_source: str


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
    stated: StatedFacts


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
        stated=StatedFacts(**{field.name: getattr(wave, field.name) for field in fields(StatedFacts)}),
    )


def wave_id_of(slug: str) -> int | None:
    return Wave.objects.filter(slug=slug).values_list("pk", flat=True).first()
