"""Signs people in with Django's test client, which sends no request for it. The cookie holds the secret of a session
and not its key."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.test.client import ClientMixin

from posture.accounts.session_store import SessionStore, secret_of, session_of_cookie


def _session(client: Any) -> SessionStore:
    """Returns the session of the client, and creates it with its cookie where there is none."""
    cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
    store = session_of_cookie(cookie.value if cookie else "")
    if store.session_key is None:
        store.save()
        _set_session_cookie(client, store)
    return store


def _login(client: Any, user: Any, backend: str | None = None) -> None:
    request = HttpRequest()
    request.session = client.session
    login(request, user, backend)
    request.session.save()
    _set_session_cookie(client, request.session)


def _set_session_cookie(client: Any, store: Any) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = secret_of(store.session_key)
    client.cookies[settings.SESSION_COOKIE_NAME]["path"] = "/"


def patch_test_client() -> None:
    ClientMixin.session = property(_session)
    ClientMixin._login = _login
