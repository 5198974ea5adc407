"""From the raw answers of a wave to the rows of a release: the one chain that computing and recomputing share."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from posture import catalogue
from posture.analysis.audit import Objection, audit, audit_together
from posture.analysis.change_audit import audit_changes
from posture.analysis.changes import changes
from posture.analysis.estimates import Progress, estimates, silent
from posture.analysis.finite_population import FinitePopulation
from posture.analysis.forecast_audit import audit_forecasts
from posture.analysis.forecast_rows import Expectations, forecast_rows
from posture.analysis.relations.counts import Followed
from posture.analysis.rows import PUBLISHED, Identity, Row, identity
from posture.analysis.scoring import Score, scores_of
from posture.analysis.two_waves import Side, TwoWaves
from posture.analysis.wave_data import WaveData
from posture.analysis.weights import Method, Scheme, Weighting, weigh
from posture.expecting import expectations_of
from posture.indicators import Indicator
from posture.methods import VERSION
from posture.microdata import Microdata, WaveFacts, microdata_of, returns_of, wave_facts
from posture.models import Release
from posture.statement import ReleaseStatement, statement_of
from surveys.instrument import Questionnaire

ROUNDS = 12


class EarlierWaveChanged(ValueError):
    pass


class PopulationTooSmall(ValueError):
    pass


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
    waves: TwoWaves | None
    scores: tuple[Score, ...]
    expectations: Expectations
    statement: ReleaseStatement

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
        k = self.release.threshold
        data, questionnaire = self.microdata.data, self.facts.questionnaire
        found = audit(self.rows, data, questionnaire, self.indicators, self.scores, k=k)
        earlier = self._with_predecessors(k) if not found else []
        found += [replace(one, followed=None) for one in earlier]
        found += audit_changes(self.rows, self.waves, self.indicators, k=k) if self.waves else []
        forecasts = audit_forecasts(self.rows, self.expectations, k=k)
        return found + [replace(one, followed=None) for one in forecasts]

    def _with_predecessors(self, k: int) -> list[Objection]:
        """What follows together with releases of the same answers that were public before."""
        before = Release.objects.filter(
            wave_id=self.release.wave_id, status=Release.Status.WITHDRAWN, data_digest=self.data_digest
        )
        public = [(list(release.estimates.all()), _cut(self.microdata.data, release)) for release in before]
        if not public:
            return []
        own = (self.rows, self.microdata.data)
        return audit_together([own, *public], self.facts.questionnaire, self.indicators, self.scores, k=k)


def audited_computation_of(
    release: Release, *, at: datetime, progress: Progress = silent
) -> tuple[Computation, list[Objection]]:
    """The computation, and what the audit still objects to. Where it found a number that follows from all others in a
    way that the rules do not see, the rules are told of it, and the rows are made again."""
    follows: tuple[Followed, ...] = ()
    for _ in range(ROUNDS):
        computation = computation_of(release, at=at, follows=follows, progress=progress)
        progress(92, "Checking what follows from the numbers")
        objections = computation.objections()
        found = tuple(one.followed for one in objections if one.followed is not None)
        if not objections or len(found) < len(objections):
            break
        follows += found
    return computation, objections


def computation_of(
    release: Release, *, at: datetime, follows: Collection[Followed] = (), progress: Progress = silent
) -> Computation:
    """From the answers and definitions as they are now. follows: what an audit found before."""
    facts = wave_facts(release.wave_id, at=at)
    found = microdata_of(release.wave_id)
    microdata = replace(found, data=_cut(found.data, release))
    indicators = catalogue.indicators_of(facts.questionnaire.slug)
    weighting = weighting_of(release, microdata.data)
    scores = scores_of_wave(facts.questionnaire, microdata.data)
    rows = estimates(
        microdata.data,
        facts.questionnaire,
        indicators,
        k=release.threshold,
        level=release.level,
        weighting=weighting,
        scores=scores,
        follows=follows,
        progress=progress,
    )
    if release.finite_population is not None:
        rows = _corrected(rows, release.finite_population, len(microdata.data.units))
    waves, later = None, Side(microdata.data, facts.questionnaire, weighting)
    if release.follows is not None:
        progress(91, "Comparing with the earlier wave")
        waves = TwoWaves(_earlier(release.follows, at=at), later)
        rows += changes(
            waves, indicators, _exact_in_both(release.follows, rows), k=release.threshold, level=release.level
        )
    expectations = expectations_of(release, indicators, waves, later)
    rows += list(forecast_rows(expectations, rows, k=release.threshold, level=release.level))
    source, slug = facts.questionnaire_source, facts.questionnaire.slug
    definitions = catalogue.definitions_of(source, slug, release.targets)
    return Computation(
        release=release,
        facts=facts,
        microdata=microdata,
        indicators=indicators,
        definitions=definitions,
        rows=rows,
        weighting=weighting,
        waves=waves,
        scores=scores,
        expectations=expectations,
        statement=statement_of(release, facts, microdata, returns_of(release.wave_id)),
    )


def _corrected(rows: list[Row], population: int, organizations: int) -> list[Row]:
    """Raises PopulationTooSmall where more organisations take part than the frame is said to hold."""
    if population < organizations:
        raise PopulationTooSmall(
            f"The frame is said to hold {population} organisations, and {organizations} take part."
        )
    return FinitePopulation(population).corrected(rows)


def scores_of_wave(questionnaire: Questionnaire, data: WaveData) -> tuple[Score, ...]:
    """None for a questionnaire without a definition of scores."""
    file = catalogue.score_file(questionnaire.slug)
    return tuple(scores_of(file, questionnaire, data)) if file else ()


def _earlier(release: Release, *, at: datetime) -> Side:
    """Raises EarlierWaveChanged when the answers are no longer those that were published."""
    facts, found = wave_facts(release.wave_id, at=at), microdata_of(release.wave_id)
    if found.digest != release.data_digest:
        raise EarlierWaveChanged(f"The answers of {release.slug} are no longer those that were published.")
    return Side(_cut(found.data, release), facts.questionnaire, weighting_of(release, found.data))


def _cut(data: WaveData, release: Release) -> WaveData:
    """With the cohorts that the release has."""
    return replace(data, crossed=tuple(release.cuts.split()), smallest_cohort=release.threshold)


def _exact_in_both(earlier: Release, rows: list[Row]) -> frozenset[Identity]:
    """Numbers that stand in both releases with their value and standard error. What is withheld, told as a range or
    without the one in one of them would follow from its change."""
    before = {identity(row) for row in earlier.estimates.filter(status=PUBLISHED, bound="", se__isnull=False)}
    return frozenset(
        identity(row)
        for row in rows
        if row.status == PUBLISHED and not row.bound and row.se is not None and identity(row) in before
    )


def weighting_of(release: Release, data: WaveData) -> Weighting | None:
    """None without targets. Raises Refused with the reason where no weights can be made from them."""
    if release.targets is None:
        return None
    scheme = Scheme(cast(Method, release.weighting), (release.lowest_weight, release.highest_weight))
    return weigh(data.categories(), release.targets.margins, scheme)
