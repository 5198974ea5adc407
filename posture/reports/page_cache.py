"""Keeps the rendered pages of published releases, which never change, in the memory of the process."""

import hashlib
from dataclasses import astuple, dataclass

from django.core.cache.backends.locmem import LocMemCache
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from posture.models import Document, Release
from posture.releases.queries import documents_of
from posture.reports.gap import gap_report
from posture.reports.pages import TITLES, page_context

# A page takes up to 100 kB.
PAGES = LocMemCache("report pages", {"OPTIONS": {"MAX_ENTRIES": 300}})


@dataclass(frozen=True)
class Asked:
    """What a reader asks for. reader: the code of a group of readers, on its page."""

    page: str
    cohort: str
    topic: str
    compare: str
    reader: str


@dataclass(frozen=True)
class Page:
    """title: of the window. content: everything between the header and the footer of the site. digest: differs between
    pages with different content."""

    title: str
    content: SafeString
    digest: str


def page_key(release: Release, asked: Asked) -> str:
    """Returns a digest of everything that the content depends on."""
    facts = (
        release.pk,
        release.status,
        release.computed_at,
        release.data_digest,
        get_language(),
        *astuple(asked),
        *(found.digest for found in _listed(release, asked)),
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _listed(release: Release, asked: Asked) -> list[Document]:
    """Returns the documents that the page lists."""
    return documents_of(release, asked.cohort) if asked.page == "about" else []


def kept_page(release: Release, asked: Asked) -> Page | None:
    """Returns the page; None if the release does not have it. Only existing pages are kept, so requests for unknown
    names cannot fill the memory."""
    key = page_key(release, asked)
    page: Page | None = PAGES.get(key)
    if page is None:
        page = _render(release, asked, key)
        if page is not None:
            PAGES.set(key, page, timeout=None)
    return page


def _render(release: Release, asked: Asked, digest: str) -> Page | None:
    report = gap_report(release, cohort=asked.cohort, topic=asked.topic)
    context = page_context(report, asked.page, compare=asked.compare, reader=asked.reader) if report else None
    if context is None:
        return None
    content = render_to_string(f"posture/report/{asked.page}.html", context)
    title = f"{TITLES[asked.page]}: {release.title}, {context['report'].cohort_label}"
    return Page(title, content, digest)
