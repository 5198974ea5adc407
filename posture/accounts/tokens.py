"""API tokens: created once, shown once, stored as a hash, with scopes and an expiry date."""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from posture.models import ApiToken
from surveys.audit import trail
from surveys.encryption.tokens import hash_of
from surveys.people.memberships import has_active_membership
from surveys.people.user_accounts import lock_active_user

SCOPES = ("read",)
MAX_DAYS = 366
PREFIX_BYTES = 4
SECRET_BYTES = 32
LAST_USED_RESOLUTION = timedelta(minutes=1)


@transaction.atomic
def create_token(user: Any, *, name: str, expires_at: datetime, at: datetime) -> tuple[ApiToken, str]:
    """Returns the token row and its text, `posture_PREFIX_SECRET`; the text cannot be read again. Raises
    ConcurrentChange if a concurrent request suspended the person, because tokens end with a suspension."""
    lock_active_user(user)
    prefix, secret = secrets.token_hex(PREFIX_BYTES), secrets.token_hex(SECRET_BYTES)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=prefix,
        secret_hash=hash_of(secret),
        scopes=" ".join(SCOPES),
        created_at=at,
        expires_at=expires_at,
    )
    trail.note("made an API token", by=user, about=f"token {prefix}", at=at)
    return token, f"posture_{prefix}_{secret}"


def may_have_tokens(user: Any) -> bool:
    """Returns whether the person is an analyst, an admin or an active member. Checked at each use, so that a token
    ends with the last role."""
    return user.is_active and (user.is_staff or user.is_superuser or has_active_membership(user))


def tokens_of(user: Any) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(user=user)


@transaction.atomic
def revoke_token(tokens: QuerySet[ApiToken], *, by: Any, at: datetime) -> bool:
    """Revokes a token. Returns whether it was usable."""
    token = tokens.filter(revoked_at=None).first()
    if token is None or not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
        return False
    trail.note("revoked an API token", by=by, about=f"token {token.prefix}", at=at)
    return True


def revoke_tokens(user: Any, *, at: datetime) -> int:
    return ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=at)


def token_from_text(text: str, *, at: datetime) -> ApiToken | None:
    """Returns the usable token with this text, or None in every other case: unknown, wrong, expired, revoked."""
    kind, _, parts = text.partition("_")
    prefix, _, secret = parts.partition("_")
    token = (
        ApiToken.objects.select_related("user").filter(prefix=prefix).first() if kind == "posture" else None
    )
    if token is None or not hmac.compare_digest(token.secret_hash, hash_of(secret)):
        return None
    if not token.is_usable(at) or not may_have_tokens(token.user):
        return None
    _record_use(token, at)
    return token


def _record_use(token: ApiToken, at: datetime) -> None:
    if token.last_used_at is None or at - token.last_used_at >= LAST_USED_RESOLUTION:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
