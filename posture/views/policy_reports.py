"""Endpoint for reports of browsers about violations of the content security policy."""

import json
import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from surveys.audit import security_events
from surveys.rate_limits import limits
from surveys.rate_limits.client_address import client_network
from surveys.rate_limits.limits import Rate
from surveys.web.access import public

log = logging.getLogger("posture.security")

LARGEST = 8_000
RATE = Rate(20, 60)
OLD_NAMES = ("violated-directive", "blocked-uri", "document-uri", "source-file", "line-number")
NEW_NAMES = ("effectiveDirective", "blockedURL", "documentURL", "sourceFile", "lineNumber")


@csrf_exempt
@public("POST")
def report(request: HttpRequest) -> HttpResponse:
    """Logs a report. The response is the same for invalid reports, so that it reveals nothing to a sender of other
    data."""
    now = timezone.now()
    if not limits.allow("policy report", client_network(request), rate=RATE, at=now):
        return HttpResponse(status=429, headers={"Retry-After": "60"})
    told = _told(request.body[: LARGEST + 1])
    if told:
        log.warning("A page tried against its policy: %s", told)
        security_events.record("policy breach", at=now)
    return HttpResponse(status=204)


def _told(body: bytes) -> str:
    """Returns the relevant fields of the reports, truncated, in one line; "" for an invalid body."""
    if len(body) > LARGEST:
        return ""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    reports = read if isinstance(read, list) else [read]
    return "; ".join(_line(one) for one in reports[:3] if isinstance(one, dict))


def _line(one: dict[str, Any]) -> str:
    names, body = (OLD_NAMES, one.get("csp-report")) if "csp-report" in one else (NEW_NAMES, one.get("body"))
    found = body if isinstance(body, dict) else {}
    return ", ".join(f"{name} {str(found[name])[:200]}" for name in names if name in found)
