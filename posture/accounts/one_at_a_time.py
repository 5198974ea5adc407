"""Serialises changes of a person's own account; the second of two concurrent requests is refused."""

from functools import wraps
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from surveys.database.row_locks import ConcurrentChange
from surveys.rate_limits import limits
from surveys.web.access import View

# The lock of a killed process expires after this time.
LOCK_SECONDS = 30


def serialise_account_changes(view: View) -> View:
    """Locks the account for a POST request without a transaction around the view. Hashing a password takes long, and
    on SQLite an open transaction would block all saves."""

    @wraps(view)
    def with_lock(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        user: Any = request.user
        account_lock = limits.concurrent_slot(
            "own account", user.pk, slots=1, seconds=LOCK_SECONDS, at=timezone.now()
        )
        with account_lock as is_free:
            if not is_free:
                raise ConcurrentChange
            _refresh(user)
            return view(request, *args, **kwargs)

    return with_lock


def _refresh(user: Any) -> None:
    try:
        user.refresh_from_db()
    except ObjectDoesNotExist:
        raise ConcurrentChange from None
