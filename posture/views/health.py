"""For machines: does the process live, and can it serve people now?"""

from django.http import HttpRequest, JsonResponse

from posture.operations import readiness
from surveys.web.access import public


@public("GET")
def alive(request: HttpRequest) -> JsonResponse:
    """Touches nothing outside the process."""
    return JsonResponse({"status": "ok"})


@public("GET")
def ready(request: HttpRequest) -> JsonResponse:
    """503 names what is missing. The broker is told and harms nothing."""
    needed = readiness.needed()
    is_ready = all(found == readiness.OK for found in needed.values())
    checks = needed | {"broker": readiness.broker()}
    status = "ok" if is_ready else "not ready"
    return JsonResponse({"status": status, "checks": checks}, status=200 if is_ready else 503)
