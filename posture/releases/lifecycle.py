"""Changes the state of a release: request, compute, publish, withdraw. A published release never changes."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, fields
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify

from posture.analysis.disclosure.suppression_cost import suppression_cost
from posture.analysis.estimates.rows import COLUMNS
from posture.analysis.estimates.standing import Standing, standings
from posture.methods.survey import EstimationRefused
from posture.methods.weighting import BOUNDS
from posture.microdata import WaveFacts, wave_facts
from posture.microdata.version import answers_of
from posture.models import (
    Comparison,
    Document,
    Estimate,
    OrganizationStanding,
    Pack,
    QuotedBenchmark,
    Release,
    ReleasedCut,
    TargetSet,
    WeightDiagnostics,
)
from posture.releases.comparison_storage import (
    COMPARISON_COLUMNS,
    QUOTED_COLUMNS,
    comparison_values,
    quoted_benchmark_values,
)
from posture.releases.computation import (
    Computation,
    EarlierWaveChanged,
    PopulationTooSmall,
    audited_computation,
)
from posture.releases.conduct_statement import RANDOM_SAMPLING
from posture.releases.garbage_collection import rare_collections
from posture.releases.lineage import releases_to_follow, revealing_changes
from posture.releases.packs.build import pack_of
from posture.releases.packs.checking import disagreements
from posture.releases.short_transactions import ShortTransactions
from surveys.audit.trail import note
from surveys.database.row_locks import lock
from surveys.jobs import job_queue, outbox

log = logging.getLogger(__name__)

ESTIMATE_COLUMNS = ("release", *COLUMNS)
STANDING_COLUMNS = ("release", "organization", "subject", *(field.name for field in fields(Standing)))
MAX_NAMED_PROBLEMS = 5
STALE_MESSAGE = (
    "Answers were withdrawn, erased or corrected since this draft was computed. Nothing was published: compute a new"
    " release, which counts the answers of now."
)
RELEASE = "release"
DOCUMENTS = "release documents"
UNFINISHED = (Release.Status.WAITING, Release.Status.COMPUTING, Release.Status.FAILED)


class ReleaseError(Exception):
    """The state of the release or of its wave does not allow the action."""


@transaction.atomic
def request_release(
    wave_id: int,
    *,
    by: Any,
    at: datetime,
    replaces: Release | None = None,
    targets: TargetSet | None = None,
    weighting: str = Release.Weighting.RAKING,
    bounds: tuple[float, float] = BOUNDS,
    follows: Release | None = None,
    finite_population: bool = False,
) -> Release:
    """Creates a waiting release, and the job that computes it.

    targets: without them nothing is weighted. follows: the published release of an earlier wave of the same
    questionnaire, from which the change is computed; raises ReleaseError for another one. finite_population: correct
    standard errors and intervals for the size of the frame; raises ReleaseError if the wave does not allow it.
    """
    facts = wave_facts(wave_id, at=at)
    if finite_population and (reason := _correction_refusal(facts, is_weighted=targets is not None)):
        raise ReleaseError(reason)
    if follows is not None and follows not in releases_to_follow(wave_id, at=at):
        raise ReleaseError(
            f"{follows.slug} is no published release of an earlier wave of this questionnaire."
        )
    number = Release.objects.filter(wave_id=wave_id).count() + 1
    cuts = ReleasedCut.objects.filter(wave_id=wave_id)
    release = Release.objects.create(
        wave_id=wave_id,
        slug=f"{slugify(facts.slug)}-r{number}",
        title=facts.title,
        threshold=settings.SUPPRESSION_THRESHOLD,
        cuts=" ".join(cuts.values_list("dimensions", flat=True)),
        requested_at=at,
        requested_by=by,
        replaces=replaces,
        targets=targets,
        weighting=weighting if targets else "",
        lowest_weight=bounds[0],
        highest_weight=bounds[1],
        follows=follows,
        finite_population=facts.stated.population_size if finite_population else None,
    )
    note("requested a release", by=by, about=release.slug, at=at)
    outbox.queue(RELEASE, {"release": release.pk}, key=_job_key(release.pk), at=at)
    return release


def _correction_refusal(facts: WaveFacts, *, is_weighted: bool) -> str:
    """Returns why the finite-population correction is not possible; empty if it is possible."""
    if is_weighted:
        return "A weighted release is not corrected for the size of the frame: choose one of them."
    if facts.stated.population_size is None:
        return "State on the wave how many organisations the frame holds."
    if facts.stated.sampling not in RANDOM_SAMPLING:
        return (
            "The correction needs a frame that was invited as a whole, or at random: state that on the wave."
        )
    return ""


def compute_release(release_id: int, *, at: datetime) -> bool:
    """Computes a release at once, without a worker, for the demo data and tests."""
    return job_queue.carry_out_now(_job_key(release_id), at=at) is outbox.JobOutcome.DONE


def compute_job_effect(job: outbox.Job, *, at: datetime) -> outbox.Effect | None:
    """Computes the release of the job and writes its rows, which no reader sees yet. Returns the effect that makes
    them visible in one transaction with the end of the job; None if nothing is left to compute. A permanent error is
    stored on the release. Any other exception causes another try."""
    release = Release.objects.filter(pk=job.payload["release"], status__in=UNFINISHED).first()
    if release is None:
        return None
    started = {
        "status": Release.Status.COMPUTING,
        "started_at": at,
        "progress": 0,
        "stage": "Reading answers",
    }
    with outbox.holding(job):
        Release.objects.filter(pk=release.pk).update(**started)
    try:
        return _compute(release, job, at=at)
    except EstimationRefused as reason:
        return partial(_fail, release.pk, f"No weights can be made: {reason}")
    except (EarlierWaveChanged, PopulationTooSmall, ReleaseError) as reason:
        return partial(_fail, release.pk, str(reason))


def mark_waiting(job: outbox.Job) -> None:
    """Marks the release as waiting after a failed try, unless another worker already computes it."""
    waiting = {"status": Release.Status.WAITING, "progress": 0, "stage": "Will be tried again"}
    with suppress(outbox.LeaseLost), outbox.holding(job):
        Release.objects.filter(pk=job.payload["release"], status=Release.Status.COMPUTING).update(**waiting)


def mark_failed(job: outbox.Job) -> None:
    """Marks the release as failed after the last try."""
    _fail(job.payload["release"], job.reason)


def _fail(release_id: int, reason: str) -> None:
    unfinished = Release.objects.filter(pk=release_id, status__in=UNFINISHED)
    unfinished.update(status=Release.Status.FAILED, failure=reason)


def _job_key(release_id: int) -> str:
    return f"release:{release_id}"


@rare_collections()
def _compute(release: Release, job: outbox.Job, *, at: datetime) -> outbox.Effect:
    def progress(percent: int, stage: str) -> None:
        log.debug("%s: %s", release.slug, stage)
        with outbox.holding(job):
            Release.objects.filter(pk=release.pk).update(progress=percent, stage=stage)

    rows = ShortTransactions(job)
    for model in (Estimate, OrganizationStanding, Comparison, QuotedBenchmark):
        rows.delete(model.objects.filter(release=release))
    answers = current_answers(release)
    computation, objections = audited_computation(release, at=at, progress=progress)
    if objections:
        raise ReleaseError(_list_of_problems(list(map(str, objections))))
    progress(96, "Packing")
    content = pack_of(computation)
    progress(97, "Running the programs of the pack")
    disagreeing = disagreements(content)
    if disagreeing:
        raise ReleaseError(f"The programs of the pack disagree with it: {_list_of_problems(disagreeing)}")
    pack = {"content": content, "digest": sha256(content).hexdigest(), "size": len(content)}
    progress(98, "Writing")
    rows.insert(
        Estimate, ESTIMATE_COLUMNS, ((release.pk, *row.as_columns().values()) for row in computation.rows)
    )
    rows.insert(OrganizationStanding, STANDING_COLUMNS, _standings(release, computation))
    figures = computation.comparison_input.figures.values()
    rows.insert(QuotedBenchmark, QUOTED_COLUMNS, quoted_benchmark_values(release.pk, figures))
    quoted = dict(QuotedBenchmark.objects.filter(release=release).values_list("code", "pk"))
    rows.insert(
        Comparison, COMPARISON_COLUMNS, comparison_values(release.pk, computation.comparisons, quoted)
    )
    return partial(_make_draft, release, computation, pack, answers, at)


def current_answers(release: Release) -> str:
    """Returns the fingerprint of the current answers: of the wave, and of the earlier wave from which the change is
    computed."""
    follows = [release.follows.wave_id] if release.follows else []
    return answers_of([release.wave_id, *follows])


def is_stale(release: Release) -> bool:
    """Returns whether answers changed since a draft was computed: withdrawn, erased, corrected or new ones."""
    return release.status == Release.Status.DRAFT and release.answers != current_answers(release)


def _make_draft(
    release: Release, computation: Computation, pack: dict[str, Any], answers: str, at: datetime
) -> None:
    """Turns the release into a draft, which makes its rows visible."""
    if not Release.objects.select_for_update().filter(pk=release.pk, status__in=UNFINISHED).exists():
        return
    Pack.objects.update_or_create(release=release, defaults=pack)
    Release.objects.filter(pk=release.pk).update(
        status=Release.Status.DRAFT,
        progress=100,
        stage="Done",
        failure="",
        computed_at=at,
        compared_at=at,
        compared_later=False,
        answers=answers,
        organizations=len(computation.microdata.data.units),
        responses=computation.microdata.responses,
        methods_version=computation.methods_version,
        data_digest=computation.data_digest,
        statement=computation.statement.model_dump(mode="json"),
        suppression=suppression_cost(computation.rows).model_dump(mode="json"),
        definitions_digest=computation.definitions_digest,
    )
    WeightDiagnostics.objects.filter(release=release).delete()
    if computation.weighting is not None:
        diagnostics = computation.weighting.diagnostics
        WeightDiagnostics.objects.create(release=release, **asdict(diagnostics), warns=diagnostics.warns)


def _standings(release: Release, computation: Computation) -> Iterator[tuple[Any, ...]]:
    """Yields the standing of each organisation among the others, as a band."""
    units = computation.microdata.data.units
    for score in computation.scores:
        for position, standing in standings(score.value, level=release.level).items():
            yield release.pk, int(units[position]), score.code, *asdict(standing).values()


def _list_of_problems(problems: list[str]) -> str:
    more = len(problems) - MAX_NAMED_PROBLEMS
    return "; ".join(problems[:MAX_NAMED_PROBLEMS]) + (f"; and {more} more" if more > 0 else "")


@transaction.atomic
def publish_release(release: Release, *, by: Any, at: datetime) -> None:
    """Publishes a draft of a closed wave. Raises ReleaseError for any other release, and if the wave has a published
    release, because two releases that differ by a late answer would reveal it."""
    lock(release)
    if release.status != Release.Status.DRAFT:
        raise ReleaseError("Only a draft can be published.")
    if is_stale(release):
        raise ReleaseError(STALE_MESSAGE)
    if not wave_facts(release.wave_id, at=at).is_closed:
        raise ReleaseError(
            "The wave is still open. Close it first: a later answer would follow by subtraction."
        )
    if Release.objects.filter(wave_id=release.wave_id, status=Release.Status.PUBLISHED).exists():
        raise ReleaseError("This wave has a published release. Withdraw that one first.")
    for withdrawn in Release.objects.filter(wave_id=release.wave_id, status=Release.Status.WITHDRAWN):
        changes = revealing_changes(withdrawn, release)
        if changes:
            raise ReleaseError(
                f"{withdrawn.slug} was public, and together they reveal: {_list_of_problems(changes)}"
            )
    release.status = Release.Status.PUBLISHED
    release.published_at, release.published_by = at, by
    release.replaces = release.replaces or _last_withdrawn(release.wave_id)
    release.save(update_fields=["status", "published_at", "published_by", "replaces"])
    outbox.queue(DOCUMENTS, {"release": release.pk}, key=f"documents:{release.pk}", at=at)
    note("published a release", by=by, about=release.slug, at=at)


def _last_withdrawn(wave_id: int) -> Release | None:
    withdrawn = Release.objects.filter(
        wave_id=wave_id, status=Release.Status.WITHDRAWN, replaced_by__isnull=True
    )
    return withdrawn.order_by("-withdrawn_at").first()


@transaction.atomic
def withdraw_release(release: Release, *, reason: str, by: Any, at: datetime) -> None:
    """Withdraws a release. Its address stays and gives the reason; its numbers are no longer shown."""
    lock(release)
    if release.status != Release.Status.PUBLISHED:
        raise ReleaseError("Only a published release can be withdrawn.")
    if not reason.strip():
        raise ReleaseError("Say why: readers will see the reason.")
    release.status = Release.Status.WITHDRAWN
    release.withdrawn_at, release.withdrawn_reason = at, reason.strip()
    release.save(update_fields=["status", "withdrawn_at", "withdrawn_reason"])
    # They name the changes since this release, which their pages no longer show.
    Document.objects.filter(release__follows=release).delete()
    note("withdrew a release", by=by, about=release.slug, at=at)
