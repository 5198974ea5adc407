"""The API on a page: every address with its parameters and columns, from the OpenAPI document and the contract."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator

from posture.api.contract import contract
from posture.releases.queries import published_releases
from surveys.web.access import public


@dataclass(frozen=True)
class Endpoint:
    path: str
    description: str
    parameters: list[dict[str, Any]]


@dataclass(frozen=True)
class DocumentedResource:
    name: str
    endpoints: list[Endpoint]
    columns: list[dict[str, Any]]


@public("GET")
def docs(request: HttpRequest) -> HttpResponse:
    newest = published_releases().first()
    context = {
        "resources": resources(),
        "base_url": settings.BASE_URL,
        "release": newest.slug if newest else "RELEASE",
    }
    return render(request, "posture/api.html", context)


@cache
def resources() -> list[DocumentedResource]:
    document = SchemaGenerator().get_schema(request=None, public=True)
    endpoints_by_resource: dict[str, list[Endpoint]] = {name: [] for name in contract()}
    for path, operations in document["paths"].items():
        operation = operations["get"]
        name = operation["tags"][0]
        if name in endpoints_by_resource:
            endpoints_by_resource[name].append(
                Endpoint(path, operation.get("description", ""), operation.get("parameters", []))
            )
    return [
        DocumentedResource(name, endpoints, contract()[name])
        for name, endpoints in endpoints_by_resource.items()
    ]
