"""Responses that a browser keeps and asks about again, for public pages that seldom change."""

import hashlib
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import get_conditional_response, patch_vary_headers


def revalidated(
    request: HttpRequest, digest: str, render: Callable[[], HttpResponse], *, compress: bool = True
) -> HttpResponseBase:
    """Returns 304 to a reader whose copy has this digest, otherwise what is rendered.

    Compress only what has no secret, for readers who are not signed in: compression of a page with a token would
    reveal the token, and the navigation differs for each user."""
    etag = f'"{digest}"'
    response = get_conditional_response(request, etag=etag) or _rendered(request, render(), compress=compress)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ("Cookie", "Accept-Language"))
    return response


def digest_with_templates(version: str) -> str:
    """Returns a digest that also differs between versions of the product."""
    return hashlib.sha256((_templates() + version).encode()).hexdigest()[:32]


def _rendered(request: HttpRequest, page: HttpResponse, *, compress: bool) -> HttpResponseBase:
    return GZipMiddleware(lambda _: page).process_response(request, page) if compress else page


@cache
def _templates() -> str:
    """Returns a digest of the templates and styles, so that a new version of the product is noticed."""
    digest = hashlib.sha256()
    for folder in ("templates", "static"):
        for path in sorted((settings.ROOT / folder).rglob("*.*")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
