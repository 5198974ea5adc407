"""Share links: an owner lets a person without an account read one report of the organisation.

A link ends at its expiry date and when it is revoked. It works only while its maker is an active owner, so that no
link outlives the rights of its maker. The caller reads the report and decides whether it may be read at all.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F, QuerySet

from surveys.audit import security_events, trail
from surveys.database.row_locks import lock
from surveys.encryption.tokens import hash_of, new_token
from surveys.models import Membership, Organization, ShareLink, Wave
from surveys.rate_limits import limits
from surveys.tenancy.organization_scope import for_all_organizations

LONGEST = timedelta(days=90)
READER = "reader of a share link"
OPENINGS = limits.Rate(120, 60 * 60, burst=30)
TRIES_OF_LINK = limits.BackoffRate(5, 15 * 60, first=15, longest=120)
TRIES_OF_NETWORK = limits.BackoffRate(30, 15 * 60, first=5, longest=120)
ACTIVE, PAUSED, EXPIRED, REVOKED = "active", "paused", "expired", "revoked"


class LinkGone(Exception):
    """The link is unknown, expired, revoked or paused, or its report cannot be read. The error does not reveal
    which."""


class WrongPassphrase(Exception):
    """The passphrase is not the one of the link."""


class LastsTooLong(ValueError):
    """A link lasts 90 days at most."""


@dataclass(frozen=True)
class ListedLink:
    """A link with its state: active, paused (its maker is no active owner), expired or revoked."""

    link: ShareLink
    state: str

    @property
    def can_be_revoked(self) -> bool:
        return self.state in (ACTIVE, PAUSED)


@transaction.atomic
def make_share_link(
    organization: Organization,
    *,
    wave: Wave,
    label: str,
    expires_at: datetime,
    passphrase: str = "",
    by: Any,
    at: datetime,
) -> tuple[ShareLink, str]:
    """Returns the link with its token, which exists only here and in the address. Raises LastsTooLong."""
    if expires_at > at + LONGEST:
        raise LastsTooLong
    token = new_token()
    link = ShareLink.objects.create(
        organization=organization,
        wave=wave,
        created_by=by,
        label=label,
        token_hash=hash_of(token),
        passphrase_hash=make_password(passphrase) if passphrase else "",
        created_at=at,
        expires_at=expires_at,
    )
    _note("made a share link", link, by=by, at=at)
    return link, token


@transaction.atomic
def revoke_share_link(link: ShareLink, *, by: Any, at: datetime) -> bool:
    """Ends a link at once. Returns whether it was not revoked before."""
    lock(link)
    if link.revoked_at is not None:
        return False
    link.revoked_at = at
    link.save(update_fields=["revoked_at"])
    _note("revoked a share link", link, by=by, at=at)
    return True


def links_of(organization: Organization) -> QuerySet[ShareLink]:
    return ShareLink.objects.filter(organization=organization).select_related("wave", "created_by")


def listed_links(organization: Organization, *, at: datetime) -> list[ListedLink]:
    """Returns all links of an organisation, the newest first."""
    owners = set(_active_owners(organization.pk).values_list("user_id", flat=True))
    return [ListedLink(link, _state(link, owners, at)) for link in links_of(organization)]


@for_all_organizations
def share_link_for(token: str, *, at: datetime) -> ShareLink:
    """Returns the usable link of a token, and notes the refusal of another one in the trail of its organisation.

    Raises LinkGone, and surveys.rate_limits.limits.RateLimitExceeded for a link that is opened too often.
    """
    rows = ShareLink.objects.select_related("organization", "wave__questionnaire")
    link = rows.filter(token_hash=hash_of(token)).first()
    if link is None:
        raise LinkGone
    limits.enforce("share link", link.pk, rate=OPENINGS, at=at)
    owners = set(_active_owners(link.organization_id).values_list("user_id", flat=True))
    state = _state(link, owners, at)
    if state != ACTIVE:
        note_refusal(link, state, at=at)
        raise LinkGone
    return link


def check_passphrase(link: ShareLink, passphrase: str, *, network: str, at: datetime) -> None:
    """Compares a passphrase with that of the link. Counts the attempt first, for the link and for the network.

    Raises WrongPassphrase, and surveys.rate_limits.limits.RateLimitExceeded after too many wrong attempts.
    """
    limits.enforce("passphrase of network", network, rate=TRIES_OF_NETWORK, at=at)
    limits.enforce("passphrase of link", link.pk, rate=TRIES_OF_LINK, at=at)
    if not check_password(passphrase, link.passphrase_hash):
        security_events.record("passphrase refused", at=at)
        note_refusal(link, "wrong passphrase", at=at)
        raise WrongPassphrase
    limits.reset("passphrase of link", link.pk)


@transaction.atomic
def note_opening(link: ShareLink, *, at: datetime) -> bool:
    """Counts an opening and notes it in the trail. Returns False for a link that was revoked meanwhile."""
    alive = ShareLink.objects.filter(pk=link.pk, revoked_at=None)
    is_alive = alive.update(openings=F("openings") + 1, last_opened_at=at)
    if is_alive:
        _note("opened a share link", link, by=READER, at=at)
    elif ShareLink.objects.filter(pk=link.pk).exists():
        note_refusal(link, REVOKED, at=at)
    return bool(is_alive)


def note_refusal(link: ShareLink, reason: str, *, at: datetime) -> None:
    """Notes in the trail that a link was refused. `reason` comes from the code, never from the reader."""
    _note("refused a share link", link, by=READER, at=at, reason=reason)


def _active_owners(organization_id: int) -> QuerySet[Membership]:
    return Membership.objects.filter(
        organization_id=organization_id,
        role=Membership.Role.OWNER,
        status=Membership.Status.ACTIVE,
        user__is_active=True,
    )


def _state(link: ShareLink, owners: Collection[int], at: datetime) -> str:
    if link.revoked_at is not None:
        return REVOKED
    if not link.is_usable(at):
        return EXPIRED
    return ACTIVE if link.created_by_id in owners else PAUSED


def _note(action: str, link: ShareLink, *, by: Any, at: datetime, reason: str = "") -> None:
    about = f"share link {link.pk}, {link.wave.slug}{', ' if reason else ''}{reason}"
    trail.note(action, organization=link.organization, by=by, about=about, at=at)
