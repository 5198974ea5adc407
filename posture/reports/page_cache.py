"""Keeps the rendered pages of published releases, which never change, in the memory of the process."""

import hashlib
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import TypeVar

from django.core.cache.backends.locmem import LocMemCache
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from posture.models import Document, Release
from posture.releases.queries import documents_of
from posture.reports.gap import gap_report
from posture.reports.pages import TITLES, page_context

Content = TypeVar("Content")

# A page takes up to 100 kB.
PAGES = LocMemCache("report pages", {"OPTIONS": {"MAX_ENTRIES": 300}})


@dataclass(frozen=True)
class Asked:
    """What a reader asks for. page: a page or a picture of the report. reader: the code of a group of readers, on its
    page."""

    page: str
    cohort: str
    topic: str
    compare: str = ""
    reader: str = ""


@dataclass(frozen=True)
class Page:
    """title: of the window. content: everything between the header and the footer of the site."""

    title: str
    content: SafeString


def page_key(release: Release, asked: Asked) -> str:
    """Returns a digest of everything that the content depends on."""
    facts = (
        release.pk,
        release.status,
        release.computed_at,
        release.data_digest,
        get_language(),
        *astuple(asked),
        *(document.digest for document in _listed(release, asked)),
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _listed(release: Release, asked: Asked) -> list[Document]:
    """Returns the documents that the page lists."""
    return documents_of(release, asked.cohort) if asked.page == "about" else []


def kept_page(release: Release, asked: Asked) -> Page | None:
    """Returns the page; None if the release does not have it."""
    return kept(PAGES, release, asked, _render)


def kept(
    cache: LocMemCache, release: Release, asked: Asked, make: Callable[[Release, Asked], Content | None]
) -> Content | None:
    """Returns what the cache holds, or makes and keeps it; None if the release does not have it. Only what exists is
    kept, so requests for unknown names cannot fill the memory."""
    key = page_key(release, asked)
    content: Content | None = cache.get(key)
    if content is None:
        content = make(release, asked)
        if content is not None:
            cache.set(key, content, timeout=None)
    return content


def _render(release: Release, asked: Asked) -> Page | None:
    report = gap_report(release, cohort=asked.cohort, topic=asked.topic)
    context = page_context(report, asked.page, compare=asked.compare, reader=asked.reader) if report else None
    if context is None:
        return None
    content = render_to_string(f"posture/report/{asked.page}.html", context)
    title = f"{TITLES[asked.page]}: {release.title}, {context['report'].cohort_label}"
    return Page(title, content)
