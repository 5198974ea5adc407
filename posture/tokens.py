"""Keys for machines: made once and shown once, stored as a hash, scoped, expiring."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from posture.models import ApiToken

SCOPES = ("read",)
PREFIX_BYTES = 4
SECRET_BYTES = 32
LAST_USED_RESOLUTION = timedelta(minutes=1)


def create_token(
    user: Any, *, name: str, scopes: tuple[str, ...] = SCOPES, expires_at: datetime, at: datetime
) -> tuple[ApiToken, str]:
    """The token row and the text to hand over, `posture_PREFIX_SECRET`; the text cannot be read again."""
    unknown = set(scopes) - set(SCOPES)
    if unknown:
        raise ValueError(f"unknown scopes: {', '.join(sorted(unknown))}")
    prefix, secret = secrets.token_hex(PREFIX_BYTES), secrets.token_hex(SECRET_BYTES)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=prefix,
        secret_hash=_hash(secret),
        scopes=" ".join(scopes),
        created_at=at,
        expires_at=expires_at,
    )
    return token, f"posture_{prefix}_{secret}"


def revoke_tokens(user: Any, *, at: datetime) -> int:
    return ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=at)


def token_from_text(text: str, *, at: datetime) -> ApiToken | None:
    """The usable token behind a text, or None for every reason alike: unknown, wrong, expired, revoked."""
    kind, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    token = (
        ApiToken.objects.select_related("user").filter(prefix=prefix).first() if kind == "posture" else None
    )
    if token is None or not hmac.compare_digest(token.secret_hash, _hash(secret)):
        return None
    if not token.is_usable(at) or not token.user.is_active:
        return None
    _note_use(token, at)
    return token


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _note_use(token: ApiToken, at: datetime) -> None:
    if token.last_used_at is None or at - token.last_used_at >= LAST_USED_RESOLUTION:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
