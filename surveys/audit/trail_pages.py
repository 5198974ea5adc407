"""Entries of the audit trail as lines for pages and exports, with the e-mail addresses of existing accounts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from surveys.models import AuditEntry, Membership, Organization

HEADER = ("sequence", "at", "who", "what", "about", "digest")
INSTALLATION_STAFF = "staff of the installation"
PERSON_PREFIX = "person "


@dataclass(frozen=True)
class TrailRow:
    sequence: int
    at: datetime
    actor: str
    action: str
    about: str
    digest: str

    def as_row(self) -> tuple[object, ...]:
        return self.sequence, self.at.isoformat(), self.actor, self.action, self.about, self.digest


def entries_of(organization: Organization | None) -> QuerySet[AuditEntry]:
    """Returns the entries of an organisation, or of the installation for None, the latest first."""
    return AuditEntry.objects.filter(organization=organization).order_by("-sequence")


def rows_for_owner(entries: Iterable[AuditEntry], organization: Organization) -> list[TrailRow]:
    """Returns the lines for an owner of the organisation. They name its members, but not the staff of the
    installation."""
    members = Membership.objects.filter(organization=organization)
    return _rows(entries, dict(members.values_list("user_id", "user__email")), other=INSTALLATION_STAFF)


def rows_for_admin(entries: Iterable[AuditEntry]) -> list[TrailRow]:
    return _rows(entries, dict(get_user_model().objects.values_list("pk", "email")), other="a former account")


def _rows(entries: Iterable[AuditEntry], addresses: dict[int, str], *, other: str) -> list[TrailRow]:
    return [
        TrailRow(
            entry.sequence,
            entry.at,
            _actor_name(entry.actor, addresses, other),
            entry.action,
            entry.about,
            entry.digest,
        )
        for entry in entries
    ]


def _actor_name(actor: str, addresses: dict[int, str], other: str) -> str:
    if not actor.startswith(PERSON_PREFIX):
        return actor
    return addresses.get(int(actor.removeprefix(PERSON_PREFIX)), other)
