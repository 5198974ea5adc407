"""Middleware for every request and response of the project."""

import logging
import re
import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, ValidationError
from django.db import IntegrityError, InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.databases.errors import CONSTRAINT_VIOLATIONS, error_code, is_damage
from posture.operations.log_lines import request_id
from posture.web.charset import OTHER_CHARSET
from posture.web.error_responses import damaged_database, refusal
from surveys.audit import security_events
from surveys.database.row_locks import ConcurrentChange
from surveys.encryption.cipher import SealingError
from surveys.fieldwork.errors import InvitationUnusable
from surveys.instrument.plain_text import expected_of_text
from surveys.rate_limits.limits import RateLimitExceeded

log = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponseBase]

API = "/api/"
RESPONDENT_PATHS = ("/s/", "/respond/")
SECRET_LINK_PATHS = (
    *RESPONDENT_PATHS,
    "/shared/",
    "/welcome/",
    "/account/password/reset/",
    "/account/address/confirm/",
)
DISABLED_FEATURES = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read", "display-capture",
    "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection",
    "local-fonts", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
    "screen-wake-lock", "serial", "storage-access", "usb", "window-management", "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS = ", ".join(f"{ability}=()" for ability in DISABLED_FEATURES)
REPORTING = 'csp="/csp-report"'
DATABASE_RETRY_SECONDS = 5
MULTIPART_OVERHEAD = 100_000
MAX_ADDRESS_LENGTH = 16_384
MAX_HEADER_LINE = 120
ENCODED_PART = re.compile(
    rb"(?i)\r\ncontent-transfer-encoding[ \t]{0,20}:[ \t]{0,20}(?:base64|quoted-printable)"
)
CONFLICT_MESSAGE = lazy(
    "The same was done at the same moment, or what it belongs to was removed. Nothing of this request was kept: go"
    " back, load the page again and see how things stand."
)
GONE_MESSAGE = lazy(
    "The invitation was withdrawn, revoked or erased at the same moment. Nothing of this request was kept."
)
MISSING_KEY_MESSAGE = lazy(
    "What was written here is sealed, and its key is missing. Nothing was changed, and nothing is lost while the key"
    " can be brought back: the log says which one and how."
)


def request_ids(get_response: GetResponse) -> GetResponse:
    """Gives each request an id, which its response, its error page and its log lines carry. Django writes the last
    log line after all middleware, so the id stays until the next request of the thread."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request_id.set(secrets.token_hex(8))
        response = get_response(request)
        response["X-Request-ID"] = request_id.get()
        return response

    return middleware


def response_headers(get_response: GetResponse) -> GetResponse:
    """Sets the headers that restrict browsers and caches. Refuses API requests over plain http, because a redirect
    would hide that the client just sent a token unencrypted."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if settings.SECURE_SSL_REDIRECT and request.path.startswith(API) and not request.is_secure():
            response: HttpResponseBase = refusal(
                request, 400, _("This address is available over https only.")
            )
        else:
            response = get_response(request)
        _set_headers(request, response)
        return response

    return middleware


def _set_headers(request: HttpRequest, response: HttpResponseBase) -> None:
    access = access_of(request)
    response.headers.setdefault("Cache-Control", "no-store")
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Permissions-Policy"] = PERMISSIONS
    response["Reporting-Endpoints"] = REPORTING
    if request.path.startswith(SECRET_LINK_PATHS):
        response["Referrer-Policy"] = "no-referrer"
    if access != "public" or request.path.startswith(SECRET_LINK_PATHS):
        response["X-Robots-Tag"] = "noindex"
    if access == "respondent" or request.path.startswith(RESPONDENT_PATHS):
        _extend_policy(response, {"require-trusted-types-for": ["'script'"]})
    if getattr(request, "draws_charts", False):
        _extend_policy(response, settings.CHART_POLICY)


def _extend_policy(response: HttpResponseBase, directives: dict[str, Any]) -> None:
    existing = getattr(response, "_csp_replace", {})
    response._csp_replace = existing | directives  # type: ignore[attr-defined]


def access_of(request: HttpRequest) -> str:
    """Returns the access policy of the view that responds; "" if no view does."""
    match = request.resolver_match
    view = getattr(match.func, "cls", match.func) if match else None
    return str(getattr(view, "access", ""))


class Refusals:
    """Turns requests with too large bodies, and exceptions by which views refuse, into error pages."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_form = request.content_type == "multipart/form-data"
        limit = (
            settings.LARGEST_UPLOAD + MULTIPART_OVERHEAD if is_form else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        )
        if _length(request) > limit:
            return _too_large(request)
        if request.META.get(OTHER_CHARSET):
            return refusal(request, 415, _("The request must be encoded in UTF-8."))
        address_texts = (
            request.path_info,
            *request.GET.keys(),
            *(text_value for parameter in request.GET.lists() for text_value in parameter[1]),
        )
        if any(expected_of_text(text, longest=MAX_ADDRESS_LENGTH) for text in address_texts):
            return refusal(request, 400, _("The address holds what no browser would send."))
        if is_form:
            _refuse_encoded_parts(request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, RateLimitExceeded):
            security_events.record("too many requests", at=timezone.now(), about=error.name)
            return refusal(
                request, 429, _("Too many requests. Nothing was lost."), retry_after=error.retry_after
            )
        if isinstance(error, RequestDataTooBig):
            return _too_large(request)
        if isinstance(error, SealingError):
            log.error("Sealed words cannot be opened: %s", error)
            return refusal(request, 503, str(MISSING_KEY_MESSAGE))
        if isinstance(error, InvitationUnusable):
            return refusal(request, 410, str(GONE_MESSAGE))
        if isinstance(error, ConcurrentChange):
            return refusal(request, 409, str(CONFLICT_MESSAGE))
        if _is_conflict(error):
            log.warning("Somebody else was faster: %s", error)
            return refusal(request, 409, str(CONFLICT_MESSAGE))
        if is_damage(error):
            return damaged_database(request, error)
        if isinstance(error, OperationalError | InterfaceError | InternalError):
            log.error("The database does not answer.", exc_info=error)
            wait = DATABASE_RETRY_SECONDS
            return refusal(request, 503, _("The database does not answer at the moment."), retry_after=wait)
        return None


def _is_conflict(error: Exception) -> bool:
    """Returns whether a concurrent request caused the integrity error: a row that already exists, or a row that
    refers to a deleted one. Forms check for both in advance, so only a concurrent request can be the cause. All other
    integrity errors are faults of the product."""
    if isinstance(error, ValidationError) and hasattr(error, "error_dict"):
        codes = {detail.code for errors in error.error_dict.values() for detail in errors}
        return codes <= {"unique", "unique_together"}
    return isinstance(error, IntegrityError) and error_code(error) in CONSTRAINT_VIOLATIONS


def _refuse_encoded_parts(request: HttpRequest) -> None:
    """Refuses uploads with a transfer encoding. Browsers send files without one, and a part in base64 costs many
    times its size."""
    request._stream = _CheckedStream(request._stream)  # type: ignore[assignment]


class _CheckedStream:
    """Request body that is checked while it is read."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.tail = stream, b""

    def read(self, *size: int) -> bytes:
        data = bytes(self.stream.read(*size))
        if ENCODED_PART.search(self.tail + data):
            raise SuspiciousOperation("A part of a form says that it is encoded.")
        self.tail = data[-MAX_HEADER_LINE:]
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def _length(request: HttpRequest) -> int:
    value = request.META.get("CONTENT_LENGTH") or "0"
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 16 else 0


def _too_large(request: HttpRequest) -> HttpResponse:
    security_events.record("too large", at=timezone.now())
    megabytes = settings.LARGEST_UPLOAD // 1_000_000
    return refusal(
        request, 413, _("A file may have {megabytes} MB, everything else 1 MB.").format(megabytes=megabytes)
    )


def restore_null_origin(get_response: GetResponse) -> GetResponse:
    """Replaces `Origin: null`, which pages without a referrer send, if the browser marks the request as same-origin.
    The CSRF check continues with the origin of the product, and still compares the token."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if (
            request.META.get("HTTP_ORIGIN") == "null"
            and request.META.get("HTTP_SEC_FETCH_SITE") == "same-origin"
        ):
            request.META["HTTP_ORIGIN"] = f"{request.scheme}://{request.get_host()}"
        return get_response(request)

    return middleware
