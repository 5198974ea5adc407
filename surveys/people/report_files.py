"""Files of organisation reports as rows: kept sealed for the members who asked for them, and removed after a week.

Their content comes from the answering side, which makes them. Nothing here reads an answer.
"""

import base64
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from surveys.models import Invitation, Organization, ReportFile, Wave

RETENTION = timedelta(days=7)


def report_files(organization: Organization, wave: Wave, cohort: str) -> dict[str, ReportFile]:
    """Returns the kept files by their format, without their content."""
    rows = ReportFile.objects.filter(organization=organization, wave=wave, cohort=cohort).defer("content")
    return {row.format: row for row in rows}


def content_of(file: ReportFile) -> bytes:
    """Returns the file. Raises SealingError."""
    return base64.b64decode(file.content)


def respondents_of(organization: Organization, wave: Wave) -> set[int]:
    """Returns the invitations whose answers a report can contain."""
    return set(_invitations(organization, wave).values_list("pk", flat=True))


@transaction.atomic
def keep_report_file(
    organization: Organization,
    wave: Wave,
    *,
    cohort: str,
    form: str,
    content: bytes,
    digest: str,
    respondents: Collection[int],
    at: datetime,
) -> ReportFile | None:
    """Keeps a file in place of an earlier one.

    respondents: `respondents_of` before the report was read. Returns None if one of them was erased meanwhile, because
    the file would contain erased answers. The locks make an erasure wait, which then removes the file.
    """
    locked = _invitations(organization, wave).select_for_update(no_key=True).order_by("pk")
    if set(locked.values_list("pk", flat=True)) != set(respondents):
        return None
    values = {
        "content": base64.b64encode(content).decode(),
        "digest": digest,
        "size": len(content),
        "made_at": at,
    }
    place = {"organization": organization, "wave": wave, "cohort": cohort, "format": form}
    return ReportFile.objects.update_or_create(**place, defaults=values)[0]


def _invitations(organization: Organization, wave: Wave) -> QuerySet[Invitation]:
    return Invitation.objects.filter(organization=organization, wave=wave)
