"""The verbs of a release: request, compute, publish, withdraw. What is published never changes."""

import logging
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify

from posture.analysis.standing import standings
from posture.computing import Computation, EarlierWaveChanged, computation_of
from posture.methods.survey import Refused
from posture.methods.weighting import BOUNDS
from posture.microdata import wave_facts
from posture.models import (
    Estimate,
    OrganizationStanding,
    Pack,
    Release,
    ReleasedCut,
    TargetSet,
    WeightDiagnostics,
)
from posture.packs.build import pack_of
from posture.predecessors import releases_to_follow, revealing_changes
from surveys.trail import note

log = logging.getLogger(__name__)

BATCH = 2000
NAMED_TROUBLES = 5
ABANDONED_AFTER = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)


class ReleaseError(Exception):
    """Something that the state of the release or of its wave does not allow."""


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
) -> Release:
    """A row that waits to be computed. The row is the queue: it waits as long as no worker runs.

    targets: without them nothing is weighted. follows: the published release of an earlier wave of the same
    questionnaire, from which the change is computed; raises ReleaseError for another one.
    """
    facts = wave_facts(wave_id, at=at)
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
    )
    note("release.requested", by=by, about=release.slug, at=at)
    return release


def waiting(*, at: datetime) -> list[int]:
    """Releases to compute, the oldest first; those that a lost worker left behind among them."""
    abandoned = Q(status=Release.Status.COMPUTING, started_at__lt=at - ABANDONED_AFTER)
    rows = Release.objects.filter(Q(status=Release.Status.WAITING) | abandoned).order_by("requested_at")
    return list(rows.values_list("pk", flat=True))


def compute_release(release_id: int, *, at: datetime) -> bool:
    """Computes one waiting release; False when another worker has it. A failure is kept on the release."""
    if not _claim(release_id, at=at):
        return False
    release = Release.objects.get(pk=release_id)
    try:
        _compute(release, at=at)
    except Refused as reason:
        Release.objects.filter(pk=release_id).update(
            status=Release.Status.FAILED, failure=f"No weights can be made: {reason}"
        )
    except EarlierWaveChanged as reason:
        Release.objects.filter(pk=release_id).update(status=Release.Status.FAILED, failure=str(reason))
    except Exception as error:
        log.exception("Release %s could not be computed.", release.slug)
        Release.objects.filter(pk=release_id).update(
            status=Release.Status.FAILED, failure=f"{type(error).__name__}: {error}"
        )
    return True


def _claim(release_id: int, *, at: datetime) -> bool:
    abandoned = Q(status=Release.Status.COMPUTING, started_at__lt=at - ABANDONED_AFTER)
    mine = Release.objects.filter(Q(status=Release.Status.WAITING) | abandoned, pk=release_id)
    return bool(
        mine.update(status=Release.Status.COMPUTING, started_at=at, progress=0, stage="Reading answers")
    )


def _compute(release: Release, *, at: datetime) -> None:
    def progress(percent: int, stage: str) -> None:
        Release.objects.filter(pk=release.pk).update(progress=percent, stage=stage)

    found = computation_of(release, at=at, progress=progress)
    progress(92, "Checking what follows from the numbers")
    objections = found.objections()
    if objections:
        raise ReleaseError(_named(list(map(str, objections))))
    progress(96, "Packing")
    content = pack_of(found)
    pack = {"content": content, "digest": sha256(content).hexdigest(), "size": len(content)}
    with transaction.atomic():
        release.estimates.all().delete()
        Estimate.objects.bulk_create(
            (Estimate(release=release, **row.as_columns()) for row in found.rows), batch_size=BATCH
        )
        Pack.objects.update_or_create(release=release, defaults=pack)
        Release.objects.filter(pk=release.pk).update(
            status=Release.Status.DRAFT,
            progress=100,
            stage="Done",
            failure="",
            computed_at=at,
            organizations=len(found.microdata.data.units),
            responses=found.microdata.responses,
            methods_version=found.methods_version,
            data_digest=found.data_digest,
            definitions_digest=found.definitions_digest,
        )
        _keep_standings(release, found)
        WeightDiagnostics.objects.filter(release=release).delete()
        if found.weighting is not None:
            diagnostics = found.weighting.diagnostics
            WeightDiagnostics.objects.create(release=release, **asdict(diagnostics), warns=diagnostics.warns)


def _keep_standings(release: Release, found: Computation) -> None:
    """Where each organisation stands among the others, as a band."""
    units = found.microdata.data.units
    OrganizationStanding.objects.filter(release=release).delete()
    OrganizationStanding.objects.bulk_create(
        (
            OrganizationStanding(
                release=release, organization_id=int(units[place]), subject=score.code, **asdict(one)
            )
            for score in found.scores
            for place, one in standings(score.value, level=release.level).items()
        ),
        batch_size=BATCH,
    )


def _named(troubles: list[str]) -> str:
    rest = len(troubles) - NAMED_TROUBLES
    return "; ".join(troubles[:NAMED_TROUBLES]) + (f"; and {rest} more" if rest > 0 else "")


@transaction.atomic
def publish_release(release: Release, *, by: Any, at: datetime) -> None:
    """Raises ReleaseError: only a draft of a closed wave, and only one published release for a wave, because two
    that differ by a late answer would reveal it."""
    release = Release.objects.select_for_update(of=("self",)).get(pk=release.pk)
    if release.status != Release.Status.DRAFT:
        raise ReleaseError("Only a draft can be published.")
    if not wave_facts(release.wave_id, at=at).is_closed:
        raise ReleaseError(
            "The wave is still open. Close it first: a later answer would follow by subtraction."
        )
    if Release.objects.filter(wave_id=release.wave_id, status=Release.Status.PUBLISHED).exists():
        raise ReleaseError("This wave has a published release. Withdraw that one first.")
    for earlier in Release.objects.filter(wave_id=release.wave_id, status=Release.Status.WITHDRAWN):
        changes = revealing_changes(earlier, release)
        if changes:
            raise ReleaseError(f"{earlier.slug} was public, and together they reveal: {_named(changes)}")
    release.status = Release.Status.PUBLISHED
    release.published_at, release.published_by = at, by
    release.replaces = release.replaces or _withdrawn_last(release.wave_id)
    release.save(update_fields=["status", "published_at", "published_by", "replaces"])
    note("release.published", by=by, about=release.slug, at=at)


def _withdrawn_last(wave_id: int) -> Release | None:
    withdrawn = Release.objects.filter(
        wave_id=wave_id, status=Release.Status.WITHDRAWN, replaced_by__isnull=True
    )
    return withdrawn.order_by("-withdrawn_at").first()


@transaction.atomic
def withdraw_release(release: Release, *, reason: str, by: Any, at: datetime) -> None:
    """The address stays and says why; the numbers are no longer shown."""
    release = Release.objects.select_for_update(of=("self",)).get(pk=release.pk)
    if release.status != Release.Status.PUBLISHED:
        raise ReleaseError("Only a published release can be withdrawn.")
    if not reason.strip():
        raise ReleaseError("Say why: readers will see the reason.")
    release.status = Release.Status.WITHDRAWN
    release.withdrawn_at, release.withdrawn_reason = at, reason.strip()
    release.save(update_fields=["status", "withdrawn_at", "withdrawn_reason"])
    note("release.withdrawn", by=by, about=release.slug, at=at)
