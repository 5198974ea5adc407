"""Makes the files of an organisation's report in jobs of the worker, when a member asks for them.

A file is served only while it shows the report of the moment: its row keeps a digest of the report, and a report whose
answers or cohort have changed has another one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode

from posture.documents.organization.pdf import pdf, story_data
from posture.documents.organization.slides import slides
from posture.documents.organization.workbook import workbook
from posture.models import Document
from posture.reports.files import TITLES
from posture.reports.organization_story import OrganizationStory, organization_story
from surveys.fieldwork.queries import Participation, participation_of
from surveys.jobs import outbox
from surveys.people.report_files import keep_report_file, report_files, respondents_of

if TYPE_CHECKING:
    from surveys.models import ReportFile

REPORT_FILE = "report file"
FORMATS: dict[str, Callable[[OrganizationStory], bytes]] = {
    Document.Format.PDF: pdf,
    Document.Format.SLIDES: slides,
    Document.Format.WORKBOOK: workbook,
}
MISSING, WAITING, RUNNING, FAILED, CHANGED, READY = (
    "missing",
    "waiting",
    "running",
    "failed",
    "changed",
    "ready",
)
STATES_OF_JOBS = {
    outbox.Job.State.WAITING: WAITING,
    outbox.Job.State.LEASED: RUNNING,
    outbox.Job.State.PARKED: FAILED,
}


@dataclass(frozen=True)
class FileState:
    """The state of one format. file: what is kept, also if the report has changed since. since: when the file was made,
    or its job queued."""

    form: str
    title: str
    state: str
    address: str
    file: ReportFile | None
    since: datetime | None


def story_for_files(
    participation: Participation, *, at: datetime, cohort: str = ""
) -> OrganizationStory | None:
    """Returns the story in the language of the installation, which all files have; None for a cohort that the release
    does not show."""
    with translation.override(settings.LANGUAGE_CODE):
        return organization_story(participation, at=at, cohort=cohort)


def digest_of(story: OrganizationStory) -> str:
    """Returns the same digest for the same report, on any day."""
    with translation.override(settings.LANGUAGE_CODE):
        return sha256(json.dumps(story_data(story), sort_keys=True).encode()).hexdigest()


def file_of(story: OrganizationStory, form: str) -> ReportFile | None:
    """Returns the file of the report as it is now."""
    file = _kept(story).get(form)
    return file if file is not None and file.digest == digest_of(story) else None


def file_states(story: OrganizationStory) -> list[FileState]:
    kept, digest = _kept(story), digest_of(story)
    return [_file_state(story, form, kept.get(form), digest) for form in FORMATS]


def _file_state(story: OrganizationStory, form: str, file: ReportFile | None, digest: str) -> FileState:
    job = outbox.Job.objects.filter(key=_key(story, form)).exclude(state=outbox.Job.State.DONE).first()
    since = file.made_at if file is not None else None
    if job is not None:
        state, since = STATES_OF_JOBS[outbox.Job.State(job.state)], job.queued_at
    elif file is None:
        state = MISSING
    else:
        state = READY if file.digest == digest else CHANGED
    title = str(TITLES[Document.Format(form)])
    return FileState(form, title, state, file_address(story, form), file, since)


def file_address(story: OrganizationStory, form: str) -> str:
    participation = story.participation
    address = reverse(
        f"posture:organization-{form}", args=(participation.organization.slug, participation.wave.slug)
    )
    return f"{address}?{urlencode({'cohort': story.report.cohort})}"


def _kept(story: OrganizationStory) -> dict[str, ReportFile]:
    participation = story.participation
    return report_files(participation.organization, participation.wave, story.report.cohort)


@transaction.atomic
def queue_report_file(story: OrganizationStory, form: str, *, at: datetime) -> None:
    """Queues one file, or nothing if it is queued already. A job that is done or failed is queued anew."""
    finished = (outbox.Job.State.DONE, outbox.Job.State.PARKED)
    outbox.Job.objects.filter(key=_key(story, form), state__in=finished).delete()
    participation = story.participation
    outbox.queue(
        REPORT_FILE,
        {"wave": participation.wave.slug, "cohort": story.report.cohort, "format": form},
        key=_key(story, form),
        organization=participation.organization,
        at=at,
    )


def report_file_effect(job: outbox.Job, *, at: datetime) -> outbox.Effect | None:
    """Makes the file of the job. Returns the effect that keeps it; None if the report can no longer be read, or has no
    such cohort."""
    if job.organization is None:
        raise outbox.JobFailed("A file of a report belongs to an organisation.")
    participation = participation_of(job.organization, job.payload["wave"], at=at)
    if participation is None or not participation.may_read:
        return None
    return _effect(participation, job.payload["cohort"], job.payload["format"], at=at)


def make_report_files(participation: Participation, *, forms: tuple[str, ...], at: datetime) -> None:
    """Makes files at once, for the demo."""
    for form in forms:
        effect = _effect(participation, "", form, at=at)
        if effect is not None:
            effect()


def _effect(participation: Participation, cohort: str, form: str, *, at: datetime) -> outbox.Effect | None:
    respondents = respondents_of(participation.organization, participation.wave)
    story = story_for_files(participation, at=at, cohort=cohort)
    if story is None:
        return None
    with translation.override(settings.LANGUAGE_CODE):
        content = FORMATS[form](story)
    return lambda: keep_report_file(
        participation.organization,
        participation.wave,
        cohort=story.report.cohort,
        form=form,
        content=content,
        digest=digest_of(story),
        respondents=respondents,
        at=at,
    )


def _key(story: OrganizationStory, form: str) -> str:
    participation = story.participation
    return f"report file:{participation.organization.pk}:{participation.wave.pk}:{story.report.cohort}:{form}"
