"""Error responses, as HTML for people and as JSON for API clients. They use neither database nor session, because the
error may be that one of them is unavailable."""

import logging
import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.databases.errors import DAMAGE_MESSAGE, OPERATOR_DAMAGE_MESSAGE, is_damage
from posture.operations.log_lines import request_id

log = logging.getLogger(__name__)

TITLES = {
    400: lazy("This request cannot be read"),
    403: lazy("This is not allowed"),
    409: lazy("Changed by another person"),
    410: lazy("This is no longer there"),
    413: lazy("This is too large"),
    415: lazy("This cannot be read"),
    429: lazy("Too many requests"),
    500: lazy("Something went wrong here"),
    503: lazy("Not available at the moment"),
}


def refusal(request: HttpRequest, status: int, reason: str, *, retry_after: int = 0) -> HttpResponse:
    asks_for_json = "application/json" in (request.headers.get("Accept"), request.content_type)
    if request.path.startswith("/api/") or asks_for_json:
        response: HttpResponse = JsonResponse(
            {"error": reason, "request_id": request_id.get()}, status=status
        )
    else:
        context = {
            "title": TITLES[status],
            "reason": reason,
            "retry_after": retry_after,
            "request_id": request_id.get(),
        }
        response = HttpResponse(render_to_string("refusal.html", context), status=status)
    if retry_after:
        response["Retry-After"] = str(retry_after)
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return refusal(request, 400, _("The address, a header or a form holds what no browser would send."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return refusal(request, 403, _("Your account has no access to this."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF failure: the form did not come from a page of the product, or the page was open for too long."""
    return refusal(
        request, 403, _("The form is too old or came from elsewhere. Go back, reload it and send it again.")
    )


def damaged_database(request: HttpRequest, error: BaseException) -> HttpResponse:
    """Reports a damaged database with status 503. It makes no promise, because the extent of the damage is
    unknown."""
    log.critical(OPERATOR_DAMAGE_MESSAGE.format(error=error))
    return refusal(request, 503, DAMAGE_MESSAGE)


def server_error(request: HttpRequest) -> HttpResponse:
    """Handler for status 500. Django calls it while the error is handled, also for an error before any view."""
    error = sys.exception()
    if error is not None and is_damage(error):
        return damaged_database(request, error)
    return refusal(request, 500, _("This is not your fault. The error has been logged."))
