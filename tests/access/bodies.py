"""Full form bodies for each route that writes, so that a write can succeed."""

import json
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from posture.models import Release
from posture.web.routes import Route
from tests.access.world import OrganizationIds, World

DAY = "2030-01-01T09:00"


def soon() -> str:
    """Returns a day within the 90 days of a share link."""
    return (timezone.now() + timedelta(days=30)).date().isoformat()


BODIES: dict[str, dict[str, Any]] = {
    "surveys:waves": {
        "slug": "new-wave",
        "title": "A new wave",
        "opens_at": "2026-01-01T09:00",
        "closes_at": DAY,
        "keep_months": "24",
    },
    "surveys:wave-statement": {"sponsor": "A sponsor", "sampling": "census", "population_size": "120"},
    "surveys:add-organization": {
        "name": "A new organisation",
        "slug": "new-organisation",
        "sector": "technology",
        "size_band": "250-999",
        "region": "europe",
    },
    "surveys:section": {"PRO-04.shown": "1", "PRO-04.number": "7"},
    "surveys:people": {"address": "new@canary.example", "role": "viewer"},
    "posture:organization-files": {"format": "xlsx"},
    "posture:share-links": {"wave": "canary-closed", "label": "The board", "last_day": soon()},
    "surveys:change-member": {"action": "role", "role": "coordinator"},
    "posture:save-view": {"name": "A view", "address": "by=sector"},
    "posture:add-cut": {"address": "by=sector", "into": "canary-open"},
    "posture:withdraw": {"reason": "A reason"},
    "posture:people": {"address": "new@canary.example", "is_admin": ""},
    "posture:change-person": {"action": "resend"},
    "account:tokens": {"name": "A token", "days": "30"},
}
SAVE_HEADERS = {"HTTP_IDEMPOTENCY_KEY": "key-1", "HTTP_IF_MATCH": '"1"'}


def body_of(route: Route, world: World, side: OrganizationIds) -> dict[str, Any]:
    if route.name == "surveys:invite":
        return {"organization": str(side.number), "role": "engineer", "address": "new@canary.example"}
    if route.name == "posture:wave-cohort":
        published = Release.objects.filter(status=Release.Status.PUBLISHED)
        return {"cohort-release": str(published.values_list("pk", flat=True)[0])}
    body = BODIES.get(route.name, {})
    return body | {"questionnaire": str(world.questionnaire)} if route.name == "surveys:waves" else body


def send(
    client: Client, method: str, address: str, route: Route, body: dict[str, Any], **headers: str
) -> Any:
    if method == "PUT":
        content = json.dumps({"number": 7} | body)
        return client.put(address, content, content_type="application/json", **SAVE_HEADERS, **headers)
    if method == "POST":
        return client.post(address, body, **headers)
    return getattr(client, method.lower())(address, **headers)
