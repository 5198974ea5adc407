"""Health checks for load balancers and monitoring: liveness and readiness."""

from django.http import HttpRequest, JsonResponse

from posture.operations import readiness
from surveys.web.access import public


@public("GET")
def alive(request: HttpRequest) -> JsonResponse:
    """Liveness: uses nothing outside the process."""
    return JsonResponse({"status": "ok"})


@public("GET")
def ready(request: HttpRequest) -> JsonResponse:
    """Readiness: status 503 names the failed checks. The state of the broker is reported, but does not cause a
    503."""
    required = readiness.required_checks()
    is_ready = all(state == readiness.OK for state in required.values())
    checks = required | {"broker": readiness.broker()}
    status = "ok" if is_ready else "not ready"
    return JsonResponse({"status": status, "checks": checks}, status=200 if is_ready else 503)
