"""The gap report as PDF, slides and workbook. A file that does not exist yet is queued, and the reader waits."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify

from posture.documents.making import document_of, has_cohort, queue_document, queued_document
from posture.models import Document, Release
from posture.reports.gap import report_address
from posture.views.release_access import visible_or_404, withdrawn
from posture.views.revalidation import revalidated
from surveys.instrument.cohorts import ALL, cohort_label
from surveys.jobs import outbox
from surveys.rate_limits import limits
from surveys.rate_limits.client_address import client_network
from surveys.web.access import public

View = Callable[..., HttpResponseBase]
QUEUED_BY_A_NETWORK = limits.Rate(60, 3600, burst=12)
AGAIN_SECONDS = 5
TYPES = {
    Document.Format.PDF: "application/pdf",
    Document.Format.SLIDES: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    Document.Format.WORKBOOK: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _file(form: Document.Format) -> View:
    @public("GET")
    def view(request: HttpRequest, slug: str) -> HttpResponseBase:
        release = visible_or_404(request, slug)
        if release.status == Release.Status.WITHDRAWN:
            return withdrawn(request, release)
        cohort = request.GET.get("cohort") or ALL
        if release.status != Release.Status.PUBLISHED or not has_cohort(release, cohort):
            raise Http404
        document = document_of(release, cohort, form)
        return _served(request, document) if document else _waiting(request, release, cohort, form)

    return view


report_pdf, report_slides, report_workbook = (_file(form) for form in Document.Format)


def _served(request: HttpRequest, document: Document) -> HttpResponseBase:
    def file() -> HttpResponse:
        form = Document.Format(document.format)
        response = HttpResponse(bytes(document.content), content_type=TYPES[form])
        cohort = "" if document.cohort == ALL else f"-{slugify(document.cohort.replace(':', '-'))}"
        response["Content-Disposition"] = f'attachment; filename="{document.release.slug}{cohort}.{form}"'
        return response

    return revalidated(request, document.digest, file, compress=False)


def _waiting(request: HttpRequest, release: Release, cohort: str, form: Document.Format) -> HttpResponse:
    """Returns a page that loads again until the file exists. Each file has one job, whoever asks."""
    job = queued_document(release, cohort, form)
    if job is None:
        now = timezone.now()
        limits.enforce("document", client_network(request), rate=QUEUED_BY_A_NETWORK, at=now)
        job = queue_document(release, cohort, form, at=now)
    has_failed = job.state == outbox.Job.State.PARKED
    context = {
        "release": release,
        "cohort_label": cohort_label(cohort),
        "form": form.label,
        "has_failed": has_failed,
        "report": report_address(release.slug, cohort=cohort),
        "section": "releases",
    }
    response = render(request, "posture/report/waiting.html", context, status=202)
    if not has_failed:
        response["Refresh"] = response["Retry-After"] = str(AGAIN_SECONDS)
    return response
