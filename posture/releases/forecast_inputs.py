"""Selects the forecasts that a release may publish, and the outcomes that they are compared with."""

from django.db.models import Q, QuerySet

from posture.analysis.estimates.rows import PUBLISHED
from posture.analysis.waves.forecast_rows import FORECAST, ForecastInputs
from posture.analysis.waves.two_waves import TwoWaves, WaveInput
from posture.definitions.indicators import Indicator
from posture.models import Estimate, Release
from posture.stored_definitions import catalogue


def expectations_of(
    release: Release, indicators: tuple[Indicator, ...], waves: TwoWaves | None, side: WaveInput
) -> ForecastInputs:
    definitions = catalogue.forecasts_of(side.questionnaire.slug)
    follows = release.follows if definitions else None
    return ForecastInputs(
        definitions=definitions,
        indicators=indicators,
        outcome_wave=side,
        earlier_wave=waves.earlier if waves else None,
        earlier_rows=list(follows.estimates.all()) if follows else [],
        waves=waves,
        is_first=not definitions or not _published_forecasts(release).exists(),
    )


def _published_forecasts(release: Release) -> QuerySet[Estimate]:
    """Returns forecasts that other releases published about the same forecasts, or about the same outcomes with other
    forecasts. Two such releases differ by a few organisations, whose answers could be derived. A release of the same
    two waves is compared with this one at publication."""
    same_wave, same_before = Q(release__wave=release.wave_id), Q(release__follows=release.follows_id)
    if release.follows_id is None:
        same_before = Q(release__follows__isnull=True)
        overlapping = same_wave & ~same_before
    else:
        overlapping = (same_wave & ~same_before) | (same_before & ~same_wave)
    published = Estimate.objects.filter(
        release__status__in=Release.COMPLETE, subject_kind=FORECAST, status=PUBLISHED
    ).exclude(release=release.pk)
    return published.filter(overlapping)
