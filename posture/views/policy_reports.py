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

MAX_BYTES = 8_000
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
    summary = _summary(request.body[: MAX_BYTES + 1])
    if summary:
        log.warning("A page tried against its policy: %s", summary)
        security_events.record("policy breach", at=now)
    return HttpResponse(status=204)


def _summary(body: bytes) -> str:
    """Returns the relevant fields of the reports, truncated, in one line; "" for an invalid body."""
    if len(body) > MAX_BYTES:
        return ""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    reports = parsed if isinstance(parsed, list) else [parsed]
    return "; ".join(_report_text(entry) for entry in reports[:3] if isinstance(entry, dict))


def _report_text(entry: dict[str, Any]) -> str:
    names, body = (
        (OLD_NAMES, entry.get("csp-report")) if "csp-report" in entry else (NEW_NAMES, entry.get("body"))
    )
    fields = body if isinstance(body, dict) else {}
    return ", ".join(f"{name} {str(fields[name])[:200]}" for name in names if name in fields)
