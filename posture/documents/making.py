"""Makes the documents of published releases, in jobs of the worker, and keeps them with the release."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.utils import translation

from posture.documents.pdf import pdf
from posture.documents.slides import slides
from posture.documents.workbook import workbook
from posture.models import Document, Release
from posture.releases.queries import cohorts_of, published_releases
from posture.reports.gap import GapReport, gap_report
from surveys.instrument.cohorts import ALL
from surveys.jobs import outbox
from surveys.tenancy.organization_scope import across_organizations

DOCUMENT = "document"
FORMATS: dict[str, Callable[[GapReport], bytes]] = {
    Document.Format.PDF: pdf,
    Document.Format.SLIDES: slides,
    Document.Format.WORKBOOK: workbook,
}


def has_cohort(release: Release, cohort: str) -> bool:
    return cohort in (ALL, *cohorts_of(release))


def document_of(release: Release, cohort: str, form: str) -> Document | None:
    return Document.objects.filter(release=release, cohort=cohort, format=form).first()


def queue_documents(release_id: int, *, at: datetime) -> None:
    """Queues the documents of all organisations and of each cohort. Does nothing for a release that is not
    published."""
    release = published_releases().filter(pk=release_id).first()
    if release is None:
        return
    for cohort in dict.fromkeys((ALL, *cohorts_of(release))):
        for form in FORMATS:
            queue_document(release, cohort, form, at=at)


def queued_document(release: Release, cohort: str, form: str) -> outbox.Job | None:
    """Returns the unfinished job of a document."""
    with across_organizations():
        jobs = outbox.Job.objects.filter(key=_key(release, cohort, form))
        return jobs.exclude(state=outbox.Job.State.DONE).first()


@transaction.atomic
def queue_document(release: Release, cohort: str, form: str, *, at: datetime) -> outbox.Job:
    """Queues one document, or returns its job if it is queued already. A job that is done is queued anew, because its
    document is missing."""
    key = _key(release, cohort, form)
    with across_organizations():
        outbox.Job.objects.filter(key=key, state=outbox.Job.State.DONE).delete()
    payload = {"release": release.pk, "cohort": cohort, "format": form}
    return outbox.queue(DOCUMENT, payload, key=key, at=at)


def document_effect(job: outbox.Job, *, at: datetime) -> outbox.Effect | None:
    """Makes the document of the job. Returns the effect that keeps it; None if the release is no longer published, or
    has no such cohort."""
    release = published_releases().filter(pk=job.payload["release"]).first()
    cohort, form = job.payload["cohort"], job.payload["format"]
    content = content_of(release, cohort, form) if release else None
    if release is None or content is None:
        return None
    return lambda: keep(release, cohort, form, content, at=at)


def content_of(release: Release, cohort: str, form: str) -> bytes | None:
    """Returns the file in the language of the installation; None for a cohort that the release does not have."""
    with translation.override(settings.LANGUAGE_CODE):
        report = gap_report(release, cohort=cohort)
        return FORMATS[form](report) if report else None


def keep(release: Release, cohort: str, form: str, content: bytes, *, at: datetime) -> Document:
    values = {
        "content": content,
        "digest": sha256(content).hexdigest(),
        "size": len(content),
        "made_at": at,
    }
    kept, _is_new = Document.objects.update_or_create(
        release=release, cohort=cohort, format=form, defaults=values
    )
    return kept


def _key(release: Release, cohort: str, form: str) -> str:
    return f"document:{release.pk}:{cohort}:{form}"
