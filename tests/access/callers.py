"""Lists the routes that change something, and the callers that each policy permits."""

from collections.abc import Iterator

from posture.web.routes import Route, routes

CHANGING = ("POST", "PUT", "PATCH", "DELETE")
CALLER = {
    "public": "anonymous",
    "respondent": "respondent",
    "signed_in": "viewer",
    "member": "owner",
    "analyst": "analyst",
    "admin": "admin",
    "token": "token",
}


def changing_routes() -> Iterator[tuple[Route, str]]:
    return ((route, method) for route in routes() for method in route.methods if method in CHANGING)
