"""Entries of the audit trail as lines for pages and exports, with the e-mail addresses of existing accounts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from surveys.models import AuditEntry, Membership, Organization

HEADER = ("sequence", "at", "who", "what", "about", "digest")
OF_THE_INSTALLATION = "staff of the installation"
PERSON = "person "


@dataclass(frozen=True)
class Line:
    sequence: int
    at: datetime
    who: str
    what: str
    about: str
    digest: str

    def as_row(self) -> tuple[object, ...]:
        return self.sequence, self.at.isoformat(), self.who, self.what, self.about, self.digest


def entries_of(organization: Organization | None) -> QuerySet[AuditEntry]:
    """Returns the entries of an organisation, or of the installation for None, the latest first."""
    return AuditEntry.objects.filter(organization=organization).order_by("-sequence")


def lines_for_owner(entries: Iterable[AuditEntry], organization: Organization) -> list[Line]:
    """Returns the lines for an owner of the organisation. They name its members, but not the staff of the
    installation."""
    members = Membership.objects.filter(organization=organization)
    return _lines(entries, dict(members.values_list("user_id", "user__email")), other=OF_THE_INSTALLATION)


def lines_for_admin(entries: Iterable[AuditEntry]) -> list[Line]:
    return _lines(
        entries, dict(get_user_model().objects.values_list("pk", "email")), other="a former account"
    )


def _lines(entries: Iterable[AuditEntry], people: dict[int, str], *, other: str) -> list[Line]:
    return [
        Line(
            entry.sequence,
            entry.at,
            _who(entry.actor, people, other),
            entry.action,
            entry.about,
            entry.digest,
        )
        for entry in entries
    ]


def _who(actor: str, people: dict[int, str], other: str) -> str:
    if not actor.startswith(PERSON):
        return actor
    return people.get(int(actor.removeprefix(PERSON)), other)
