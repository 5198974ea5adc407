"""Changes of one's own account, one after the other: the second of two at the same moment is told so."""

from functools import wraps
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from surveys.database.row_locks import SomebodyWasFaster
from surveys.rate_limits import limits
from surveys.web.access import View

# A process that is killed at work gives its place back after so long.
LONGEST_SECONDS = 30


def one_at_a_time(view: View) -> View:
    """Without a transaction around it: a password takes long to hash, and on SQLite nobody could save meanwhile."""

    @wraps(view)
    def alone(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        user: Any = request.user
        place = limits.place("own account", user.pk, places=1, seconds=LONGEST_SECONDS, at=timezone.now())
        with place as is_free:
            if not is_free:
                raise SomebodyWasFaster
            _read_again(user)
            return view(request, *args, **kwargs)

    return alone


def _read_again(user: Any) -> None:
    try:
        user.refresh_from_db()
    except ObjectDoesNotExist:
        raise SomebodyWasFaster from None
