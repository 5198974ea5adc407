"""A client of the autosave contract, and functions that read the stored history."""

import json
from typing import Any
from uuid import uuid4

from django.http.response import HttpResponseBase
from django.test import Client

from surveys.models import AnswerVersion, Response


def put(
    client: Client,
    response: Response,
    item: str,
    body: Any,
    *,
    version: int | str = 0,
    key: str | None = None,
    content_type: str = "application/json",
    **headers: str,
) -> Any:
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    request_headers = {"idempotency-key": key or str(uuid4()), "if-match": f'"{version}"', **headers}
    return client.put(
        f"/respond/{response.public_id}/answers/{item}/",
        content,
        content_type=content_type,
        headers={name: value for name, value in request_headers.items() if value},
    )


def response_json(response: HttpResponseBase) -> Any:
    return json.loads(response.content)  # type: ignore[attr-defined]


def history(response: Response, item: str) -> list[tuple[Any, ...]]:
    rows = AnswerVersion.objects.filter(response=response, item__code=item).order_by("pk")
    return [(row.version, row.number, row.options, row.is_refused) for row in rows]
