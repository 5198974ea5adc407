"""All routes of the project with their declared access policy."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from surveys.web.access import POLICIES

OWNED_PARAMETERS = {"member": ("slug", "pk"), "respondent": ("public_id",), "public": ("token",)}
OWNED_PATHS = ("/invitations/",)


@dataclass(frozen=True)
class Route:
    pattern: str
    name: str
    view: str
    methods: tuple[str, ...]
    access: str | None
    role: str = ""
    tenant_parameters: tuple[str, ...] = ()
    costly_methods: tuple[str, ...] = ()

    @property
    def parameters(self) -> list[str]:
        return parameters_of(self.pattern)

    @property
    def is_declared(self) -> bool:
        return self.access in POLICIES


def routes() -> list[Route]:
    return list(_routes_below(get_resolver(), "/", ""))


def _routes_below(resolver: URLResolver, prefix: str, namespace: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _routes_below(entry, pattern, inner)
        else:
            yield _route(entry, pattern, namespace)


def _route(entry: URLPattern, pattern: str, namespace: str) -> Route:
    view: Any = entry.callback
    declared = getattr(view, "cls", view)
    return Route(
        pattern=pattern,
        name=f"{namespace}{entry.name or ''}",
        view=f"{declared.__module__}.{declared.__qualname__}",
        methods=_methods(view),
        access=getattr(declared, "access", None),
        role=getattr(declared, "role", ""),
        costly_methods=getattr(declared, "costly_methods", ()),
        tenant_parameters=_tenant_parameters(pattern, getattr(declared, "access", None)),
    )


def parameters_of(pattern: str) -> list[str]:
    return re.findall(r"<(?:\w+:)?(\w+)>", pattern)


def _tenant_parameters(pattern: str, access: str | None) -> tuple[str, ...]:
    """Returns the URL parameters that identify an object of one organisation. Their names are the same in the whole
    project."""
    names = parameters_of(pattern)
    owned = OWNED_PARAMETERS.get(access or "", ())
    if any(path in pattern for path in OWNED_PATHS):
        owned = (*owned, "pk")
    return tuple(name for name in names if name in owned)


def _methods(view: Any) -> tuple[str, ...]:
    actions = getattr(view, "actions", None)
    if actions:
        return tuple(method.upper() for method in actions if method != "head")
    if hasattr(view, "cls"):
        return tuple(
            name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(view.cls, name)
        )
    return tuple(getattr(view, "methods", ()))
