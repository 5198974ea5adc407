"""Studio page for background jobs: waiting, failed with the reason, and recently completed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from surveys.audit.trail import note
from surveys.jobs import job_queue, outbox
from surveys.models import Job, Process
from surveys.web.access import analyst

MAX_SHOWN = 50


@analyst("GET")
def jobs(request: HttpRequest) -> HttpResponse:
    at = job_queue.database_time()
    context = {
        "section": "studio",
        "counts": job_queue.job_counts(),
        "processes": {kind: job_queue.process_status(kind, at=at) for kind in Process.Kind.values},
        "parked": _rows((Job.State.PARKED,)),
        "unfinished": _rows((Job.State.WAITING, Job.State.LEASED)),
        "done": _rows((Job.State.DONE,)),
        "most": MAX_SHOWN,
        "at": at,
    }
    return render(request, "surveys/jobs.html", context)


@analyst("POST")
def retry_job(request: HttpRequest, pk: int) -> HttpResponse:
    _retry(request, [get_object_or_404(Job, pk=pk)])
    return redirect("surveys:jobs")


@analyst("POST")
def retry_all(request: HttpRequest) -> HttpResponse:
    _retry(request, list(Job.objects.filter(state=Job.State.PARKED)))
    return redirect("surveys:jobs")


def _retry(request: HttpRequest, jobs: list[Job]) -> None:
    at, count = timezone.now(), 0
    for job in jobs:
        if outbox.try_again(job, at=at):
            count += 1
            note(
                "had a job tried again", organization=job.organization, by=request.user, about=str(job), at=at
            )
    if count:
        messages.success(
            request,
            ngettext(
                "{number} job will be tried again at once.",
                "{number} jobs will be tried again at once.",
                count,
            ).format(number=count),
        )
    else:
        messages.info(request, _("No failed job is left."))


def _rows(states: tuple[str, ...]) -> list[tuple[str, Job]]:
    return [
        (str(outbox.JOB_KINDS[job.kind].label) if job.kind in outbox.JOB_KINDS else job.kind, job)
        for job in job_queue.recent_jobs(states, limit=MAX_SHOWN)
    ]
