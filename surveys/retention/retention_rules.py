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
    RespondentSession,
    Response,
    RetentionReport,
    SealingKey,
    ShareLink,
    Wave,
)
from surveys.rate_limits import limits
from surveys.retention.retention_guard import CLOCK, Share, Word, held_back
from surveys.tenancy.row_security import may_remove

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

log = logging.getLogger(__name__)

RETENTION = "retention"
AT_A_TIME = 200
DRAFTS = timedelta(days=90)
SESSIONS = timedelta(days=7)
LOG_FILES = timedelta(days=30)
TRAIL = timedelta(days=400)
REPORTS = timedelta(days=400)
SHARE_LINKS = timedelta(days=90)


@dataclass(frozen=True)
class Rule:
    """A retention rule: the data `what` is kept for the period `kept`.

    `removes` returns the number of removed rows; a rehearsal is rolled back, or only counts. `share` is set for data
    that cannot be recreated. It returns how many rows would be removed, and how many there are.
    """

    code: str
    what: "StrOrPromise"
    kept: "StrOrPromise"
    removes: Callable[[datetime, bool], int]
    share: Callable[[datetime], Share] | None = None


def months_before(moment: datetime, months: int) -> datetime:
    """Returns the same day of an earlier month, or the last day of that month if it is shorter."""
    years, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    day = min(moment.day, calendar.monthrange(years, month + 1)[1])
    return moment.replace(year=years, month=month + 1, day=day)


def run(*, at: datetime, is_rehearsal: bool = False, word: Word | None = None) -> dict[str, int]:
    """Removes by all rules. Returns the number of removed rows by the code of the rule.

    Removals that are held back wait for a `word` of consent. A rehearsal changes nothing.
    """
    if is_rehearsal:
        with transaction.atomic():
            counts = {rule.code: rule.removes(at, True) for rule in known_rules()}
            transaction.set_rollback(True)
        return counts
    held = held_back(shares(at), at=at, word=word)
    rules = [rule for rule in known_rules() if held.keys().isdisjoint({rule.code, CLOCK})]
    counts = {rule.code: rule.removes(at, False) for rule in rules}
    if CLOCK not in held:
        RetentionReport.objects.filter(at__lt=at - REPORTS).delete()
    RetentionReport.objects.create(at=at, counts=json.dumps(counts), held=json.dumps(held))
    if held:
        log.warning("Retention waits for a person's word: %s", ", ".join(held))
    removed = ", ".join(f"{count} {code}" for code, count in counts.items() if count)
    trail.note("removed what was kept long enough", by="worker", about=removed or "nothing", at=at)
    return counts


def last_report() -> RetentionReport | None:
    """Returns the report that was written last. It orders by key, because the clock may have been changed."""
    return RetentionReport.objects.order_by("-pk").first()


def word_about(report: int | None) -> Word | None:
    """Returns the consent to the removals that this report held back."""
    found = RetentionReport.objects.filter(pk=report or 0).first()
    return None if found is None else Word.about(found)


@transaction.atomic
def agree(report: RetentionReport, *, by: Any, at: datetime) -> None:
    """Queues the removals that were held back in that night, limited to the numbers in the report."""
    outbox.queue(RETENTION, {"agreed": report.pk}, key=f"{RETENTION}:agreed:{report.pk}", at=at)
    trail.note("agreed to a removal", by=by, about=", ".join(report.held_back), at=at)


def shares(at: datetime) -> dict[str, Share]:
    return {rule.code: rule.share(at) for rule in known_rules() if rule.share is not None}


def waves_that_end() -> QuerySet[Wave]:
    """Returns the waves with a retention period: neither on hold nor synthetic, since no person answered those."""
    return Wave.objects.filter(is_on_hold=False, is_synthetic=False)


def expired_waves(at: datetime) -> list[Wave]:
    """Returns the waves whose retention period has ended."""
    return [
        wave
        for wave in waves_that_end()
        if min(wave.closed_at or wave.closes_at, wave.closes_at) <= months_before(at, wave.keep_months)
    ]


def _drafts() -> QuerySet[Response]:
    return Response.objects.filter(submitted_at=None, invitation__wave__in=waves_that_end())


def _old_drafts(at: datetime) -> QuerySet[Response]:
    """Returns drafts without a change within the retention period. The invitation stays."""
    limit = at - DRAFTS
    return _drafts().filter(started_at__lt=limit).exclude(answer_versions__saved_at__gte=limit)


def _invitations() -> QuerySet[Invitation]:
    return Invitation.objects.filter(wave__in=waves_that_end())


def _old_invitations(at: datetime) -> QuerySet[Invitation]:
    """Returns the invitations of expired waves. Answers are removed with them; released numbers stay."""
    return Invitation.objects.filter(wave__in=expired_waves(at))


def _trail_share(at: datetime) -> Share:
    if not may_remove(AuditEntry):
        return Share(0, 0)
    return Share(AuditEntry.objects.filter(at__lt=at - TRAIL).count(), AuditEntry.objects.count())


def _removed(rows: QuerySet[Any]) -> int:
    """Removes rows in small transactions, so that other writers do not wait long."""
    return sum(_in_portions(rows))


def _in_portions(rows: QuerySet[Any]) -> Iterator[int]:
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), AT_A_TIME):
        portion = rows.model.objects.filter(pk__in=keys[start : start + AT_A_TIME])
        count = portion.count()
        with transaction.atomic():
            portion.delete()
        yield count


def _sessions(at: datetime, _: bool) -> int:
    gone = RespondentSession.objects.filter(created_at__lt=at - SESSIONS).delete()[0]
    gone += MailedCode.objects.filter(sent_at__lt=at - SESSIONS).delete()[0]
    gone += Session.objects.filter(expire_date__lt=at).delete()[0]
    alive = Session.objects.values("session_key")
    return int(gone + UserSession.objects.exclude(session_key__in=alive).delete()[0])


def _imports(at: datetime, is_rehearsal: bool) -> int:
    remarks = ImportRemark.objects.filter(run__uploaded_at__lt=at - import_spool.KEPT).delete()[0]
    return remarks + import_spool.remove_old(at=at, is_rehearsal=is_rehearsal)


def _log_files(at: datetime, is_rehearsal: bool) -> int:
    """Removes log files without a new line for 30 days."""
    old = [path for path in _logs() if path.stat().st_mtime < (at - LOG_FILES).timestamp()]
    for path in old:
        if not is_rehearsal:
            path.unlink()
    return len(old)


def _logs() -> Iterator[Path]:
    yield from (Path(settings.VAR) / "log").glob("*.log*")


def _left_in_clear(at: datetime, _: bool) -> int:
    return sum(unsealed_rows.seal_rows(unsealed_rows.Keys(SealingKey, LookupKey)).values())


KNOWN = {
    rule.code: rule
    for rule in (
        Rule(
            "drafts",
            lazy("Answers that were never submitted"),
            lazy("90 days after the last one"),
            lambda at, _: _removed(_old_drafts(at)),
            lambda at: Share(_old_drafts(at).count(), _drafts().count()),
        ),
        Rule(
            "submitted",
            lazy("Invitations and answers of a wave"),
            lazy("as many months as the wave says"),
            lambda at, _: _removed(_old_invitations(at)),
            lambda at: Share(_old_invitations(at).count(), _invitations().count()),
        ),
        Rule(
            "requests",
            lazy("Answers to requests to save"),
            "7 days",
            lambda at, _: autosave.forget_requests(at=at),
        ),
        Rule(
            "sessions", lazy("Sessions and mailed codes"), lazy("until they end, at most 7 days"), _sessions
        ),
        Rule(
            "limits",
            lazy("Counters of tries"),
            lazy("until they say nothing any more"),
            lambda at, _: limits.remove_stale(at=at),
        ),
        Rule(
            "trail",
            lazy("Entries of the audit trail"),
            "400 days",
            lambda at, _: trail.forget_entries_before(at - TRAIL) if may_remove(AuditEntry) else 0,
            _trail_share,
        ),
        Rule("imports", lazy("Rows of uploaded files, and why some were not taken"), "7 days", _imports),
        Rule(
            "share_links",
            lazy("Links to a report of an organisation"),
            lazy("90 days after their expiry date"),
            lambda at, _: _removed(ShareLink.objects.filter(expires_at__lt=at - SHARE_LINKS)),
        ),
        Rule("logs", lazy("Log files"), lazy("30 days after the last line"), _log_files),
        Rule("clear", lazy("Words in clear, from an older version"), lazy("sealed at once"), _left_in_clear),
    )
}


def known_rules() -> list[Rule]:
    return list(KNOWN.values())


def add_rule(rule: Rule) -> None:
    """Registers a rule of the answering side."""
    KNOWN[rule.code] = rule


def reports() -> QuerySet[RetentionReport]:
    return RetentionReport.objects.order_by("-at")


def on_hold() -> QuerySet[Wave]:
    return Wave.objects.filter(Q(is_on_hold=True))
