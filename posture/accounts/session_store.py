"""Sessions of people. Their cookie holds a secret and the database a digest of it: reading the table of sessions, or a
copy of it, makes nobody somebody else."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from contextvars import ContextVar

from django.conf import settings
from django.contrib.sessions import middleware
from django.contrib.sessions.backends import db
from django.http import HttpRequest, HttpResponse

SECRET_BYTES = 32
# As much of a SHA-256 as the column of the framework holds.
DIGEST_BYTES = 30

# By the key of the session. Libraries make the store of a request anew from its key, so this is no attribute of it.
_secrets: ContextVar[dict[str, str]] = ContextVar("secrets of the sessions of this request")


def opened_by(secret: str) -> "SessionStore":
    """What came in a cookie is hashed whatever it is: a key that was read somewhere opens nothing."""
    return SessionStore(_remembered(secret) if secret else None)


def secret_of(session_key: str | None) -> str:
    """Of a session that this request brought or made. Raises KeyError."""
    return _secrets.get({})[session_key or ""]


class SessionStore(db.SessionStore):
    """`session_key` is the digest."""

    def _get_new_session_key(self) -> str:
        return _remembered(secrets.token_urlsafe(SECRET_BYTES))


def _remembered(secret: str) -> str:
    digest = hashlib.sha256(secret.encode()).digest()
    key = urlsafe_b64encode(digest[:DIGEST_BYTES]).decode()
    _secrets.set(_secrets.get({}) | {key: secret})
    return key


class SessionMiddleware(middleware.SessionMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        _secrets.set({})
        request.session = opened_by(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        answer: HttpResponse = super().process_response(request, response)
        cookie = answer.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and cookie.value:
            answer.cookies[settings.SESSION_COOKIE_NAME] = secret_of(cookie.value)
        return answer
