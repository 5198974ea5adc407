"""Session store of people. The cookie holds a secret and the database its digest, so a copy of the session table does
not give access to an account."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from contextvars import ContextVar

from django.conf import settings
from django.contrib.sessions import middleware
from django.contrib.sessions.backends import db
from django.http import HttpRequest, HttpResponse

SECRET_BYTES = 32
# Length of the SHA-256 digest that fits into Django's session key column.
DIGEST_BYTES = 30

# Secrets by session key. Libraries create a new store for a request from its key, so an attribute would be lost.
_secrets: ContextVar[dict[str, str]] = ContextVar("secrets of the sessions of this request")


def session_of_cookie(secret: str) -> "SessionStore":
    """Returns the session of a cookie value. The value is always hashed, so a session key read from the database
    opens no session."""
    return SessionStore(_register_secret(secret) if secret else None)


def secret_of(session_key: str | None) -> str:
    """Returns the secret of a session that this request sent or created. Raises KeyError."""
    return _secrets.get({})[session_key or ""]


class SessionStore(db.SessionStore):
    """Database session store whose `session_key` is the digest of the secret."""

    def _get_new_session_key(self) -> str:
        return _register_secret(secrets.token_urlsafe(SECRET_BYTES))


def _register_secret(secret: str) -> str:
    digest = hashlib.sha256(secret.encode()).digest()
    key = urlsafe_b64encode(digest[:DIGEST_BYTES]).decode()
    _secrets.set(_secrets.get({}) | {key: secret})
    return key


class SessionMiddleware(middleware.SessionMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        _secrets.set({})
        request.session = session_of_cookie(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        processed: HttpResponse = super().process_response(request, response)
        cookie = processed.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and cookie.value:
            processed.cookies[settings.SESSION_COOKIE_NAME] = secret_of(cookie.value)
        return processed
