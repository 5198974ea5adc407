"""From the raw answers of a wave to the rows of a release: the one chain that computing and recomputing share."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from posture import catalogue
from posture.analysis.audit import Objection, audit
from posture.analysis.estimates import Progress, estimates, silent
from posture.analysis.rows import Row
from posture.analysis.wave_data import WaveData
from posture.analysis.weights import Method, Scheme, Weighting, weigh
from posture.indicators import Indicator
from posture.methods import VERSION
from posture.microdata import Microdata, WaveFacts, microdata_of, wave_facts
from posture.models import Release


@dataclass(frozen=True)
class Computation:
    """What a release follows from, and its rows with suppression applied. Nothing of it is stored yet."""

    release: Release
    facts: WaveFacts
    microdata: Microdata
    indicators: tuple[Indicator, ...]
    definitions: Mapping[str, str]
    rows: list[Row]
    weighting: Weighting | None

    @property
    def methods_version(self) -> str:
        return VERSION

    @property
    def definitions_digest(self) -> str:
        return catalogue.digest_of(self.definitions)

    @property
    def data_digest(self) -> str:
        return self.microdata.digest

    def objections(self) -> list[Objection]:
        """What follows from the rows about fewer organisations than the threshold of the release."""
        return audit(
            self.rows,
            self.microdata.data,
            self.facts.questionnaire,
            self.indicators,
            k=self.release.threshold,
        )


def computation_of(release: Release, *, at: datetime, progress: Progress = silent) -> Computation:
    """From the answers and definitions as they are now."""
    facts = wave_facts(release.wave_id, at=at)
    found = microdata_of(release.wave_id)
    microdata = replace(found, data=replace(found.data, crossed=tuple(release.cuts.split())))
    indicators = catalogue.indicators_of(facts.questionnaire.slug)
    weighting = weighting_of(release, microdata.data)
    rows = estimates(
        microdata.data,
        facts.questionnaire,
        indicators,
        k=release.threshold,
        level=release.level,
        weighting=weighting,
        progress=progress,
    )
    source, slug = facts.questionnaire_source, facts.questionnaire.slug
    definitions = catalogue.definitions_of(source, slug, release.targets)
    return Computation(release, facts, microdata, indicators, definitions, rows, weighting)


def weighting_of(release: Release, data: WaveData) -> Weighting | None:
    """None without targets. Raises Refused with the reason where no weights can be made from them."""
    if release.targets is None:
        return None
    scheme = Scheme(cast(Method, release.weighting), (release.lowest_weight, release.highest_weight))
    return weigh(data.categories(), release.targets.margins, scheme)
