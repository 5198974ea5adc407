"""Erases a respondent or an organisation.

Deletes rows, history, queued and written mails, accounts that belong to no other organisation, and the key. A line in
the ledger of erasures remains, by which the same data is erased again from a restored backup.
"""

import json
import secrets
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet

from surveys.audit import trail
from surveys.database.row_locks import lock_respondent
from surveys.encryption import sealing
from surveys.encryption.cipher import SealingError
from surveys.jobs import outbox
from surveys.mail import mail_folder
from surveys.models import Erasure, Invitation, Job, Membership, Organization, ReportFile, SealingKey

CLEAR = "erasure.clear"
RECEIPT_BYTES = 5
RESPONDENT, ORGANIZATION = Erasure.Kind.RESPONDENT, Erasure.Kind.ORGANIZATION


@dataclass(frozen=True)
class ErasureResult:
    """The result of an erasure.

    `counts` holds rows by the label of their model, and mails. `questionnaires` names those whose counted answers are
    stale.
    """

    kind: str
    receipt: str
    counts: Mapping[str, int]
    questionnaires: frozenset[str] = field(default_factory=frozenset)

    @property
    def tables(self) -> set[str]:
        return {apps.get_model(label)._meta.db_table for label in self.counts if "." in label}

    @property
    def rows(self) -> int:
        return sum(count for label, count in self.counts.items() if "." in label)


def find_respondent(identifier: str) -> Invitation | None:
    """Finds an invitation by its primary key, or by the public id of its response."""
    rows = Invitation.objects.select_related("organization", "wave__questionnaire")
    if identifier.isascii() and identifier.isdecimal():
        return rows.filter(pk=int(identifier)).first()
    try:
        return rows.filter(response__public_id=uuid.UUID(identifier)).first()
    except ValueError:
        return None


def find_organization(slug: str) -> Organization | None:
    return Organization.objects.filter(slug=slug).first()


def other_invitations(invitation: Invitation) -> list[Invitation]:
    """Returns the other invitations to the same address, of any wave and organisation."""
    if not invitation.address_digest:
        return []
    same = Invitation.objects.filter(address_digest=invitation.address_digest).exclude(pk=invitation.pk)
    return list(same.select_related("organization", "wave__questionnaire"))


@transaction.atomic
def erase_respondent(
    invitation: Invitation, *, by: Any, at: datetime, is_rehearsal: bool = False
) -> ErasureResult:
    """Erases an invitation with its answers, their history, sessions, codes and mails, and the organisation's files of
    reports.

    A rehearsal changes nothing. Raises ConcurrentChange if they are gone.
    """
    lock_respondent(invitation.pk)
    name, organization = _name_of_respondent(invitation), invitation.organization
    questionnaires = frozenset([invitation.wave.questionnaire.slug])
    counts = _delete_respondent(invitation, is_rehearsal)
    result = ErasureResult(RESPONDENT, _receipt(), counts, questionnaires)
    if is_rehearsal:
        transaction.set_rollback(True)
        return result
    _note(result, name, organization=organization, by=by, at=at)
    return result


@transaction.atomic
def withdraw(invitation: Invitation, *, at: datetime) -> ErasureResult:
    """Erases a respondent at their own request. A worker clears the remnants afterwards."""
    result = erase_respondent(invitation, by="respondent", at=at)
    payload = {"tables": sorted(result.tables), "questionnaires": sorted(result.questionnaires)}
    outbox.queue(CLEAR, payload, key=f"{CLEAR}:{result.receipt}", at=at)
    return result


@transaction.atomic
def erase_organization(
    organization: Organization, *, by: Any, at: datetime, is_rehearsal: bool = False
) -> ErasureResult:
    """Erases an organisation with its respondents, members of no other organisation, audit trail and key.

    A rehearsal changes nothing.
    """
    slugs = organization.invitations.values_list("wave__questionnaire__slug", flat=True)
    questionnaires = frozenset(slugs)
    name = _name_of_organization(organization)
    counts = _delete_organization(organization, is_rehearsal)
    result = ErasureResult(ORGANIZATION, _receipt(), counts, questionnaires)
    if is_rehearsal:
        transaction.set_rollback(True)
        return result
    _note(result, name, organization=None, by=by, at=at)
    return result


@transaction.atomic
def reapply_ledger(*, at: datetime) -> list[ErasureResult]:
    """Erases again the data noted in the ledger, after an old backup was restored. Receipts stay as they are."""
    results = []
    for organization, receipt in _rows_in_ledger(
        Organization.objects.all(), ORGANIZATION, _name_of_organization
    ):
        results.append(ErasureResult(ORGANIZATION, receipt, _delete_organization(organization, False)))
    for invitation, receipt in _rows_in_ledger(Invitation.objects.all(), RESPONDENT, _name_of_respondent):
        lock_respondent(invitation.pk)
        results.append(ErasureResult(RESPONDENT, receipt, _delete_respondent(invitation, False)))
    for result in results:
        trail.note(
            "erased again what the ledger notes",
            by="operator",
            about=f"{result.receipt}, {result.rows} rows",
            at=at,
        )
    return results


def _rows_in_ledger(rows: Iterable[Any], kind: str, name: Callable[[Any], str]) -> list[tuple[Any, str]]:
    receipts = dict(Erasure.objects.filter(kind=kind).values_list("digest", "receipt"))
    if not receipts:
        return []
    if not sealing.has_lookup_key():
        raise sealing.KeyMissing(
            "The ledger of erasures cannot be read: bring the key ring back (manage.py key_ring restore), then run"
            " manage.py erase --reapply."
        )
    key = sealing.lookup_key()
    rows_with_receipts = ((row, receipts.get(key.digest(f"erased {kind}", name(row)))) for row in rows)
    return [(row, receipt) for row, receipt in rows_with_receipts if receipt]


def _delete_respondent(invitation: Invitation, is_rehearsal: bool) -> Counter[str]:
    """Deletes a respondent whose rows are locked. Returns the counts."""
    counts: Counter[str] = Counter()
    address = invitation.address if _is_open(invitation) else ""
    counts["mails"] = mail_folder.remove_mails_to([address], is_rehearsal=is_rehearsal)
    _delete(_jobs_about(invitation, [address]), counts)
    _delete(_report_files_with(invitation), counts)
    _delete([invitation], counts)
    return counts


def _delete_organization(organization: Organization, is_rehearsal: bool) -> Counter[str]:
    counts: Counter[str] = Counter()
    users = _accounts_only_of(organization)
    addresses = [invitation.address for invitation in organization.invitations.all() if _is_open(invitation)]
    addresses += [user.email for user in users]
    counts["mails"] = mail_folder.remove_mails_to(addresses, is_rehearsal=is_rehearsal)
    _delete(_jobs_about(None, addresses), counts)
    sessions = UserSession.objects.filter(user__in=users).values_list("session_key", flat=True)
    _delete(Session.objects.filter(session_key__in=list(sessions)), counts)
    counts["surveys.AuditEntry"] = trail.delete_chain(organization)
    _delete(users, counts)
    counts["surveys.SealingKey"] = SealingKey.objects.filter(organization=organization).count()
    sealing.destroy_key(organization.pk)
    _delete([organization], counts)
    return counts


def _accounts_only_of(organization: Organization) -> list[Any]:
    """Returns the accounts whose only memberships are in this organisation; staff is excluded.

    A pending invitation to another organisation is no membership.
    """
    users = get_user_model().objects.filter(is_staff=False, is_superuser=False)
    accepted = Membership.objects.exclude(status=Membership.Status.PENDING)
    users_of_other_organizations = accepted.exclude(organization=organization).values("user")
    return list(
        users.filter(memberships__organization=organization)
        .exclude(pk__in=users_of_other_organizations)
        .distinct()
    )


def _jobs_about(invitation: Invitation | None, addresses: Collection[str]) -> list[Job]:
    """Returns done and waiting mails. The recipient of a waiting mail is in its sealed text."""
    recipients = {address.strip().lower() for address in addresses} - {""}
    waiting = [job for job in Job.objects.exclude(sealed="") if _recipient(job) in recipients]
    if invitation is None:
        return waiting
    done = Job.objects.filter(key__startswith=f"invitation:{invitation.pk}:")
    return [*waiting, *done.exclude(pk__in=[job.pk for job in waiting])]


def _report_files_with(invitation: Invitation) -> QuerySet[ReportFile]:
    """Returns the files of all waves of the organisation, because the report of each wave counts the pairs of the
    others."""
    return ReportFile.objects.filter(organization=invitation.organization_id)


def _recipient(job: Job) -> str:
    try:
        return str(json.loads(job.sealed).get("to", "")).strip().lower()
    except (SealingError, ValueError, AttributeError):
        return ""


def _is_open(invitation: Invitation) -> bool:
    """Returns whether the address can be decrypted; its key may be destroyed already."""
    try:
        return bool(invitation.address)
    except SealingError:
        return False


def _delete(rows: Any, counts: Counter[str]) -> None:
    for row in list(rows):
        counts.update({label: count for label, count in row.delete()[1].items() if count})


def _note(
    result: ErasureResult, name: str, *, organization: Organization | None, by: Any, at: datetime
) -> None:
    Erasure.objects.create(
        digest=sealing.lookup_key().digest(f"erased {result.kind}", name),
        kind=result.kind,
        at=at,
        by=by if isinstance(by, str) else f"person {by.pk}",
        receipt=result.receipt,
        counts=json.dumps(dict(sorted(result.counts.items()))),
    )
    about = f"{result.receipt}, {result.rows} rows"
    kind = "a respondent" if result.kind == RESPONDENT else "an organisation"
    trail.note(f"erased {kind}", organization=organization, by=by, about=about, at=at)


def _name_of_organization(organization: Organization) -> str:
    return organization.public_id.hex


def _name_of_respondent(invitation: Invitation) -> str:
    """Returns the name in the ledger. It includes the creation time, because a restored database may reuse the
    primary key."""
    return f"{invitation.pk} {invitation.created_at.astimezone(UTC).isoformat(timespec='microseconds')}"


def _receipt() -> str:
    code = secrets.token_hex(RECEIPT_BYTES).upper()
    return f"{code[:5]}-{code[5:]}"
