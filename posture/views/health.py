"""For machines: does the process live, and can it reach its database?"""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from surveys.access import public


@public("GET")
def alive(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@public("GET")
def ready(request: HttpRequest) -> JsonResponse:
    """The broker is not asked: without it every page works and releases wait."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "database unreachable"}, status=503)
    return JsonResponse({"status": "ok"})
