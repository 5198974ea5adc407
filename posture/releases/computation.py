"""Computes the rows of a release from the raw answers of a wave; computing and recomputing share this code."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import cast

from posture.analysis.answers.scoring import Score, scores_of
from posture.analysis.answers.wave_data import WaveData
from posture.analysis.disclosure.audit import Audit, Objection, audit_together
from posture.analysis.disclosure.content import Content, content_of
from posture.analysis.disclosure.linear_constraints.counts import Derivation
from posture.analysis.disclosure.public_before import PublicBefore
from posture.analysis.estimates.comparison_rows import ComparisonRow
from posture.analysis.estimates.rows import COLUMNS, PUBLISHED, Identity, Row, identity
from posture.analysis.estimates.weights import Method, Scheme, Weighting, weigh
from posture.analysis.release_rows.estimates import Estimates, Progress, ignore_progress
from posture.analysis.release_rows.finite_population import FinitePopulation
from posture.analysis.waves.change_audit import audit_changes
from posture.analysis.waves.changes import changes
from posture.analysis.waves.two_waves import TwoWaves, WaveInput
from posture.definitions.indicators import Indicator
from posture.methods import VERSION
from posture.microdata import Microdata, WaveFacts, microdata_of, returns_of, wave_facts
from posture.models import Benchmark, Estimate, Release
from posture.releases.comparisons import ComparisonInput, comparisons_of, earlier_release_of, quoted_codes
from posture.releases.conduct_statement import ReleaseStatement, statement_of
from posture.stored_definitions import catalogue
from surveys.instrument.questionnaire_definition import Questionnaire

MAX_AUDIT_ROUNDS = 20


class EarlierWaveChanged(ValueError):
    pass


class PopulationTooSmall(ValueError):
    pass


@dataclass(frozen=True)
class Computation:
    """The input of a release, and its rows with suppression applied. Nothing of it is stored yet."""

    release: Release
    facts: WaveFacts
    microdata: Microdata
    indicators: tuple[Indicator, ...]
    definitions: Mapping[str, str]
    rows: list[Row]
    weighting: Weighting | None
    waves: TwoWaves | None
    scores: tuple[Score, ...]
    comparison_input: ComparisonInput
    statement: ReleaseStatement
    public_before: PublicBefore

    @property
    def methods_version(self) -> str:
        return VERSION

    @property
    def definitions_digest(self) -> str:
        return catalogue.digest_of(self.definitions)

    @property
    def data_digest(self) -> str:
        return self.microdata.digest

    @cached_property
    def comparisons(self) -> list[ComparisonRow]:
        return comparisons_of(self.rows, self.comparison_input)

    def objections(self, audit: Audit) -> list[Objection]:
        """Returns the numbers about fewer organisations than the threshold that can be derived from the rows."""
        k = self.release.threshold
        objections = audit.objections(self.rows)
        if self.public_before.rows and not objections:
            objections = self._objections_with_public(audit)
        from_earlier_releases = self._objections_with_earlier_releases(k) if not objections else []
        objections += [replace(objection, derivation=None) for objection in from_earlier_releases]
        objections += audit_changes(self.rows, self.waves, self.indicators, k=k) if self.waves else []
        return objections

    def _objections_with_public(self, audit: Audit) -> list[Objection]:
        """Returns the numbers that readers of the withdrawn releases can derive with this one, but not from those
        alone."""
        objections = audit.objections(self.public_before.together_with(self.rows))
        known_objections = audit.objections(self.public_before.alone(self.rows)) if objections else []
        known_keys = {(objection.variable, objection.cells) for objection in known_objections}
        return [
            objection for objection in objections if (objection.variable, objection.cells) not in known_keys
        ]

    def _objections_with_earlier_releases(self, k: int) -> list[Objection]:
        """Returns the numbers that can be derived together with earlier public releases of the same answers."""
        earlier_releases = Release.objects.filter(
            wave_id=self.release.wave_id, status=Release.Status.WITHDRAWN, data_digest=self.data_digest
        )
        public = [
            (list(release.estimates.all()), _with_release_cohorts(self.microdata.data, release))
            for release in earlier_releases
        ]
        if not public:
            return []
        this_release = (self.rows, self.microdata.data)
        return audit_together(
            [this_release, *public], self.facts.questionnaire, self.indicators, self.scores, k=k
        )


def audited_computation(
    release: Release, *, at: datetime, progress: Progress = ignore_progress
) -> tuple[Computation, list[Objection]]:
    """Returns the computation and the remaining objections of the audit. If the audit derives a hidden number in a
    way that the suppression rules do not cover, the rules get this derivation as input and the rows are computed
    again."""
    computation, content = _read_inputs(release, at=at, progress=progress)
    estimates, audit = _estimates(computation, content), Audit(content, k=release.threshold)
    derivations: tuple[Derivation, ...] = ()
    for _ in range(MAX_AUDIT_ROUNDS):
        computation = replace(computation, rows=_rows(computation, estimates, derivations, progress))
        progress(92, "Checking what follows from the numbers")
        objections = computation.objections(audit)
        new_derivations = tuple(_derivations_to_hide(objections, derivations))
        if not new_derivations or any(objection.derivation is None for objection in objections):
            break
        derivations += new_derivations
    return computation, [objection for objection in objections if not objection.is_minor]


def _derivations_to_hide(
    objections: Sequence[Objection], derivations: Sequence[Derivation]
) -> Iterator[Derivation]:
    for objection in objections:
        if objection.derivation is not None and not (
            objection.is_minor and objection.derivation in derivations
        ):
            yield objection.derivation


def computation_of(release: Release, *, at: datetime, progress: Progress = ignore_progress) -> Computation:
    """Computes the rows from the current answers and definitions, before any audit."""
    computation, content = _read_inputs(release, at=at, progress=progress)
    return replace(computation, rows=_rows(computation, _estimates(computation, content), (), progress))


def _read_inputs(release: Release, *, at: datetime, progress: Progress) -> tuple[Computation, Content]:
    """Returns a computation without rows, and the content that the rows are computed from."""
    facts = wave_facts(release.wave_id, at=at)
    all_microdata = microdata_of(release.wave_id)
    microdata = replace(all_microdata, data=_with_release_cohorts(all_microdata.data, release))
    indicators = catalogue.indicators_of(facts.questionnaire.slug)
    weighting = weighting_of(release, microdata.data)
    scores = scores_of_wave(facts.questionnaire, microdata.data)
    waves, later = None, WaveInput(microdata.data, facts.questionnaire, weighting)
    if release.follows is not None:
        waves = TwoWaves(_earlier_side(release.follows, at=at), later)
    source, slug = facts.questionnaire_source, facts.questionnaire.slug
    computation = Computation(
        release=release,
        facts=facts,
        microdata=microdata,
        indicators=indicators,
        definitions=catalogue.definitions_of(source, slug, release.targets),
        rows=[],
        weighting=weighting,
        waves=waves,
        scores=scores,
        comparison_input=_comparison_input(release, facts.questionnaire, indicators),
        statement=statement_of(release, facts, microdata, returns_of(release.wave_id)),
        public_before=_public_before(release, microdata.digest),
    )
    progress(5, "Counting answers")
    return computation, content_of(microdata.data, facts.questionnaire, indicators, scores)


def _public_before(release: Release, data_digest: str) -> PublicBefore:
    """Returns the rows of releases of the same answers that were withdrawn before this one was requested. Releases
    with other weights are excluded: all their values differ, so this release cannot replace them."""
    earlier_releases = Release.objects.filter(
        wave_id=release.wave_id,
        pk__lt=release.pk,
        status=Release.Status.WITHDRAWN,
        withdrawn_at__lte=release.requested_at,
        data_digest=data_digest,
        targets=release.targets,
        weighting=release.weighting,
        lowest_weight=release.lowest_weight,
        highest_weight=release.highest_weight,
    )
    stored = Estimate.objects.filter(release__in=earlier_releases).values(*COLUMNS)
    return PublicBefore.of(Row(**columns) for columns in stored)


def _comparison_input(
    release: Release, questionnaire: Questionnaire, indicators: tuple[Indicator, ...]
) -> ComparisonInput:
    """Returns the input of the comparisons with the current definitions."""
    figures = Benchmark.objects.filter(code__in=quoted_codes(questionnaire, indicators)).order_by("code")
    return ComparisonInput(
        questionnaire=questionnaire,
        indicators=indicators,
        figures={figure.code: figure for figure in figures},
        level=release.level,
        earlier=earlier_release_of(release),
    )


def _estimates(computation: Computation, content: Content) -> Estimates:
    release = computation.release
    return Estimates(
        content,
        k=release.threshold,
        level=release.level,
        weighting=computation.weighting,
        public=computation.public_before,
    )


def _rows(
    computation: Computation, estimates: Estimates, derivations: Collection[Derivation], progress: Progress
) -> list[Row]:
    """derivations: the derivations that earlier audits found."""
    release, waves = computation.release, computation.waves
    k, level = release.threshold, release.level
    rows = estimates.rows(derivations, progress=progress)
    if release.finite_population is not None:
        rows = _corrected(rows, release.finite_population, len(computation.microdata.data.units))
    if release.follows is not None and waves is not None:
        progress(91, "Comparing with the earlier wave")
        exact_numbers = _exact_in_both(release.follows, rows)
        rows = rows + changes(waves, computation.indicators, exact_numbers, k=k, level=level)
    return rows


def _corrected(rows: list[Row], population: int, organizations: int) -> list[Row]:
    """Applies the finite-population correction. Raises PopulationTooSmall if more organisations take part than the
    stated size of the frame."""
    if population < organizations:
        raise PopulationTooSmall(
            f"The frame is said to hold {population} organisations, and {organizations} take part."
        )
    return FinitePopulation(population).corrected(rows)


def scores_of_wave(questionnaire: Questionnaire, data: WaveData) -> tuple[Score, ...]:
    """Returns the scores of the wave; an empty tuple for a questionnaire without a definition of scores."""
    file = catalogue.score_file(questionnaire.slug)
    return tuple(scores_of(file, questionnaire, data)) if file else ()


def _earlier_side(release: Release, *, at: datetime) -> WaveInput:
    """Returns the earlier wave. Raises EarlierWaveChanged if its answers differ from those of the release."""
    facts, microdata = wave_facts(release.wave_id, at=at), microdata_of(release.wave_id)
    if microdata.digest != release.data_digest:
        raise EarlierWaveChanged(f"The answers of {release.slug} are no longer those that were published.")
    return WaveInput(
        _with_release_cohorts(microdata.data, release),
        facts.questionnaire,
        weighting_of(release, microdata.data),
    )


def _with_release_cohorts(data: WaveData, release: Release) -> WaveData:
    """Returns the data with the cohorts of the release."""
    return replace(data, crossed=tuple(release.cuts.split()), smallest_cohort=release.threshold)


def _exact_in_both(earlier: Release, rows: list[Row]) -> frozenset[Identity]:
    """Returns the numbers that both releases show with value and standard error. A number that is withheld, shown as
    a range, or without standard error in one of them could be derived from its change."""
    earlier_numbers = {
        identity(row) for row in earlier.estimates.filter(status=PUBLISHED, bound="", se__isnull=False)
    }
    return frozenset(
        identity(row)
        for row in rows
        if row.status == PUBLISHED
        and not row.bound
        and row.se is not None
        and identity(row) in earlier_numbers
    )


def weighting_of(release: Release, data: WaveData) -> Weighting | None:
    """Returns the weights of the organisations; None without targets. Raises EstimationRefused with the reason if no
    weights can be computed from the targets."""
    if release.targets is None:
        return None
    scheme = Scheme(cast(Method, release.weighting), (release.lowest_weight, release.highest_weight))
    return weigh(data.categories(), release.targets.margins, scheme)
