"""Retention periods, and the nightly removal of data whose period has ended. Reports how much each rule removed."""

import calendar
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as lazy

from surveys.audit import trail
from surveys.encryption import unsealed_rows
from surveys.fieldwork import autosave
from surveys.imports import import_spool
from surveys.jobs import outbox
from surveys.models import (
    AuditEntry,
    ImportRemark,
    Invitation,
    LookupKey,
    MailedCode,
    ReportFile,
    RespondentSession,
    Response,
    RetentionReport,
    SealingKey,
    ShareLink,
    Wave,
)
from surveys.people import report_files
from surveys.rate_limits import limits
from surveys.retention.retention_guard import CLOCK, Consent, RemovalShare, held_back
from surveys.tenancy.row_security import may_delete

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

log = logging.getLogger(__name__)

RETENTION = "retention"
BATCH_SIZE = 200
DRAFTS = timedelta(days=90)
SESSIONS = timedelta(days=7)
LOG_FILES = timedelta(days=30)
TRAIL = timedelta(days=400)
REPORTS = timedelta(days=400)
SHARE_LINKS = timedelta(days=90)


@dataclass(frozen=True)
class RetentionRule:
    """A retention rule: `data` is kept for `period`.

    `remove` returns the number of removed rows; a rehearsal is rolled back, or only counts. `share` is set for data
    that cannot be recreated. It returns how many rows would be removed, and how many there are.
    """

    code: str
    data: "StrOrPromise"
    period: "StrOrPromise"
    remove: Callable[[datetime, bool], int]
    share: Callable[[datetime], RemovalShare] | None = None


def months_before(moment: datetime, months: int) -> datetime:
    """Returns the same day of an earlier month, or the last day of that month if it is shorter."""
    years, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    day = min(moment.day, calendar.monthrange(years, month + 1)[1])
    return moment.replace(year=years, month=month + 1, day=day)


def apply_rules(
    *, at: datetime, is_rehearsal: bool = False, consent: Consent | None = None
) -> dict[str, int]:
    """Removes by all rules. Returns the number of removed rows by the code of the rule.

    Removals that are held back wait for the consent of a person. A rehearsal changes nothing.
    """
    if is_rehearsal:
        with transaction.atomic():
            counts = {rule.code: rule.remove(at, True) for rule in known_rules()}
            transaction.set_rollback(True)
        return counts
    held_shares = held_back(shares(at), at=at, consent=consent)
    rules = [rule for rule in known_rules() if held_shares.keys().isdisjoint({rule.code, CLOCK})]
    counts = {rule.code: rule.remove(at, False) for rule in rules}
    if CLOCK not in held_shares:
        RetentionReport.objects.filter(at__lt=at - REPORTS).delete()
    RetentionReport.objects.create(at=at, counts=json.dumps(counts), held=json.dumps(held_shares))
    if held_shares:
        log.warning("Retention waits for the consent of a person: %s", ", ".join(held_shares))
    removed = ", ".join(f"{count} {code}" for code, count in counts.items() if count)
    trail.note("removed what was kept long enough", by="worker", about=removed or "nothing", at=at)
    return counts


def latest_report() -> RetentionReport | None:
    """Returns the report that was written last. It orders by key, because the clock may have been changed."""
    return RetentionReport.objects.order_by("-pk").first()


def consent_for(report: int | None) -> Consent | None:
    """Returns the consent to the removals that this report held back."""
    stored_report = RetentionReport.objects.filter(pk=report or 0).first()
    return None if stored_report is None else Consent.about(stored_report)


@transaction.atomic
def consent_to_removal(report: RetentionReport, *, by: Any, at: datetime) -> None:
    """Queues the removals that were held back in that night, limited to the numbers in the report."""
    outbox.queue(RETENTION, {"agreed": report.pk}, key=f"{RETENTION}:agreed:{report.pk}", at=at)
    trail.note("agreed to a removal", by=by, about=", ".join(report.held_back), at=at)


def shares(at: datetime) -> dict[str, RemovalShare]:
    return {rule.code: rule.share(at) for rule in known_rules() if rule.share is not None}


def waves_with_retention() -> QuerySet[Wave]:
    """Returns the waves with a retention period: neither on hold nor synthetic, since no person answered those."""
    return Wave.objects.filter(is_on_hold=False, is_synthetic=False)


def expired_waves(at: datetime) -> list[Wave]:
    """Returns the waves whose retention period has ended."""
    return [
        wave
        for wave in waves_with_retention()
        if min(wave.closed_at or wave.closes_at, wave.closes_at) <= months_before(at, wave.keep_months)
    ]


def _drafts() -> QuerySet[Response]:
    return Response.objects.filter(submitted_at=None, invitation__wave__in=waves_with_retention())


def _old_drafts(at: datetime) -> QuerySet[Response]:
    """Returns drafts without a change within the retention period. The invitation stays."""
    limit = at - DRAFTS
    return _drafts().filter(started_at__lt=limit).exclude(answer_versions__saved_at__gte=limit)


def _invitations() -> QuerySet[Invitation]:
    return Invitation.objects.filter(wave__in=waves_with_retention())


def _old_invitations(at: datetime) -> QuerySet[Invitation]:
    """Returns the invitations of expired waves. Answers are removed with them; released numbers stay."""
    return Invitation.objects.filter(wave__in=expired_waves(at))


def _trail_share(at: datetime) -> RemovalShare:
    if not may_delete(AuditEntry):
        return RemovalShare(0, 0)
    return RemovalShare(AuditEntry.objects.filter(at__lt=at - TRAIL).count(), AuditEntry.objects.count())


def _delete(rows: QuerySet[Any]) -> int:
    """Removes rows in small transactions, so that other writers do not wait long."""
    return sum(_delete_in_batches(rows))


def _delete_in_batches(rows: QuerySet[Any]) -> Iterator[int]:
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH_SIZE):
        portion = rows.model.objects.filter(pk__in=keys[start : start + BATCH_SIZE])
        count = portion.count()
        with transaction.atomic():
            portion.delete()
        yield count


def _sessions(at: datetime, _: bool) -> int:
    removed = RespondentSession.objects.filter(created_at__lt=at - SESSIONS).delete()[0]
    removed += MailedCode.objects.filter(sent_at__lt=at - SESSIONS).delete()[0]
    removed += Session.objects.filter(expire_date__lt=at).delete()[0]
    live_sessions = Session.objects.values("session_key")
    return int(removed + UserSession.objects.exclude(session_key__in=live_sessions).delete()[0])


def _imports(at: datetime, is_rehearsal: bool) -> int:
    remarks = ImportRemark.objects.filter(run__uploaded_at__lt=at - import_spool.RETENTION).delete()[0]
    return remarks + import_spool.remove_old(at=at, is_rehearsal=is_rehearsal)


def _log_files(at: datetime, is_rehearsal: bool) -> int:
    """Removes log files without a new line for 30 days."""
    old_files = [path for path in _logs() if path.stat().st_mtime < (at - LOG_FILES).timestamp()]
    for path in old_files:
        if not is_rehearsal:
            path.unlink()
    return len(old_files)


def _logs() -> Iterator[Path]:
    yield from (Path(settings.VAR) / "log").glob("*.log*")


def _seal_plain_texts(at: datetime, _: bool) -> int:
    return sum(unsealed_rows.seal_rows(unsealed_rows.KeyStore(SealingKey, LookupKey)).values())


RULES = {
    rule.code: rule
    for rule in (
        RetentionRule(
            "drafts",
            lazy("Answers that were never submitted"),
            lazy("90 days after the last one"),
            lambda at, _: _delete(_old_drafts(at)),
            lambda at: RemovalShare(_old_drafts(at).count(), _drafts().count()),
        ),
        RetentionRule(
            "submitted",
            lazy("Invitations and answers of a wave"),
            lazy("as many months as the wave specifies"),
            lambda at, _: _delete(_old_invitations(at)),
            lambda at: RemovalShare(_old_invitations(at).count(), _invitations().count()),
        ),
        RetentionRule(
            "requests",
            lazy("Answers to requests to save"),
            lazy("7 days"),
            lambda at, _: autosave.delete_old_requests(at=at),
        ),
        RetentionRule(
            "sessions", lazy("Sessions and mailed codes"), lazy("until they end, at most 7 days"), _sessions
        ),
        RetentionRule(
            "limits",
            lazy("Counters of attempts"),
            lazy("until they expire"),
            lambda at, _: limits.remove_stale(at=at),
        ),
        RetentionRule(
            "trail",
            lazy("Entries of the audit trail"),
            lazy("400 days"),
            lambda at, _: trail.remove_entries_before(at - TRAIL) if may_delete(AuditEntry) else 0,
            _trail_share,
        ),
        RetentionRule(
            "imports", lazy("Rows of uploaded files, and why some were not taken"), lazy("7 days"), _imports
        ),
        RetentionRule(
            "share_links",
            lazy("Links to a report of an organisation"),
            lazy("90 days after their expiry date"),
            lambda at, _: _delete(ShareLink.objects.filter(expires_at__lt=at - SHARE_LINKS)),
        ),
        RetentionRule(
            "report_files",
            lazy("Files of an organisation's report"),
            lazy("7 days"),
            lambda at, _: _delete(ReportFile.objects.filter(made_at__lt=at - report_files.RETENTION)),
        ),
        RetentionRule("logs", lazy("Log files"), lazy("30 days after the last line"), _log_files),
        RetentionRule(
            "clear",
            lazy("Texts that an older version stored unencrypted"),
            lazy("sealed at once"),
            _seal_plain_texts,
        ),
    )
}


def known_rules() -> list[RetentionRule]:
    return list(RULES.values())


def add_rule(rule: RetentionRule) -> None:
    """Registers a rule of the answering side."""
    RULES[rule.code] = rule


def reports() -> QuerySet[RetentionReport]:
    return RetentionReport.objects.order_by("-at")


def on_hold() -> QuerySet[Wave]:
    return Wave.objects.filter(Q(is_on_hold=True))
