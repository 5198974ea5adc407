"""Benchmark of the pages of a gap report against a bare view in the same server: processor time of each request.

The bare view is the page of the glossary, a rendered template without a query. Each request passes all middleware. The
first view of a page renders it, a later one takes it from memory, and a reader who comes back gets 304. Sizes have no
effect."""

import importlib
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from django.apps import apps
from django.test import Client

from benchmarks.installation import prepare_demonstration, set_up_django
from benchmarks.protocol import Call, Candidate, race, times
from benchmarks.report import Verdict

BARE = "a bare view"
FIRST, LATER, AGAIN = "first view", "later view", "304"
ALLOWED = {FIRST: 40.0, AGAIN: 3.0}
PAGES = ("", "gaps/", "profile/", "published/", "change/", "readers/", "about/")
CALLS = 10


def main(sizes: Sequence[int]) -> list[Verdict]:
    with tempfile.TemporaryDirectory() as parent:
        var = Path(parent) / "installation"
        prepare_demonstration(var)
        print("\n### The pages of a gap report", flush=True)
        candidates = [Candidate(BARE, partial(prepare_bare, var), clock=time.process_time)]
        candidates += [
            Candidate(f"/{page} {kind}", partial(prepare_page, var, page, kind), clock=time.process_time)
            for page in PAGES
            for kind in (FIRST, LATER, AGAIN)
        ]
        timings = race(candidates, calls=CALLS)
        print(times(timings, baseline=BARE), flush=True)
    bare = timings[BARE].median
    return [
        Verdict(f"/{page} {kind}, of a bare view", timings[f"/{page} {kind}"].median / bare, allowed)
        for page in PAGES
        for kind, allowed in ALLOWED.items()
    ]


def prepare_bare(var: Path) -> Call:
    set_up_django(var)
    client = Client(SERVER_NAME="localhost")
    return lambda: client.get("/glossary/").status_code


def prepare_page(var: Path, page: str, kind: str) -> Call:
    """Returns a function that requests the page. It clears the cache before the first view."""
    set_up_django(var)
    cache = importlib.import_module("posture.reports.page_cache").PAGES
    release = apps.get_model("posture", "Release").objects.filter(status="published").latest("requested_at")
    client, address = Client(SERVER_NAME="localhost"), f"{release.get_absolute_url()}{page}"
    known = client.get(address).headers["ETag"]
    headers = {"if-none-match": known} if kind == AGAIN else {}
    before: Callable[[], None] = cache.clear if kind == FIRST else lambda: None

    def call() -> int:
        before()
        return client.get(address, headers=headers).status_code

    return call
