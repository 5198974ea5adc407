"""The pages of a gap report, and what each of them shows beside the report itself."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as lazy

from posture.definitions.readers import Reader
from posture.releases.queries import EstimateTable, estimate_table, pack_of
from posture.reports.citations import citation
from posture.reports.conduct import conduct_report
from posture.reports.files import file_links, picture_addresses
from posture.reports.gap import GapReport, report_address
from posture.reports.pairs import PairView
from posture.reports.panels import PairRow, dont_know_strip, pair_row
from posture.reports.values import Value
from posture.reports.wording import TYPES
from posture.stored_definitions import catalogue
from surveys.instrument.cohorts import ALL

TITLES = {
    "summary": lazy("Summary"),
    "gaps": lazy("Gaps"),
    "profile": lazy("Profile"),
    "published": lazy("Published figures"),
    "change": lazy("Change"),
    "readers": lazy("By reader"),
    "reader": lazy("By reader"),
    "about": lazy("About"),
}
WITHOUT_PAIRS = ("summary", "published", "change", "about")
COMPARISONS = {
    "wave": lazy("The earlier wave"),
    "all": lazy("All organisations"),
    "published": lazy("Published figures"),
}


@dataclass(frozen=True)
class Tab:
    title: str
    address: str
    is_current: bool


@dataclass(frozen=True)
class Concern:
    """A pair on the page of a reader, and why it concerns them."""

    row: PairRow
    why: str


def page_context(report: GapReport, page: str, *, compare: str, reader: str) -> dict[str, Any] | None:
    """Returns the context of the template of a page; None if the report does not have the page."""
    if page not in _pages(report):
        return None
    context: dict[str, Any] = {
        "report": report,
        "release": report.release,
        "page": page,
        "tabs": _tabs(report, page),
        "links": _links(report, page),
        "type_titles": list(TYPES.items()),
        "compare": compare,
        "compare_heading": COMPARISONS.get(compare, ""),
        "comparisons": _comparisons(report),
    }
    match page:
        case "summary":
            context["documents"] = file_links(report)
        case "gaps":
            context |= {"compared": _compared(report, compare), "picture": picture_addresses(report, page)}
        case "profile":
            context["picture"] = picture_addresses(report, page)
            context["dont_know"] = [(view, dont_know_strip(view)) for view in report.pairs]
        case "readers" | "reader":
            return (
                _readers(context, report, reader)
                if page == "reader"
                else context | {"readers": catalogue.readers_of(report.questionnaire.slug)}
            )
        case "about":
            context |= {"conduct": conduct_report(report.release), "pack": pack_of(report.release)}
            context["documents"] = file_links(report)
    return context


def _pages(report: GapReport) -> list[str]:
    """Returns the pages that the report has."""
    pages = list(TITLES) if report.pairs or report.topic else list(WITHOUT_PAIRS)
    has_readers = bool(catalogue.readers_of(report.questionnaire.slug))
    return [page for page in pages if has_readers or page not in ("readers", "reader")]


def _tabs(report: GapReport, page: str) -> list[Tab]:
    names = [name for name in _pages(report) if name != "reader"]
    if report.change is None and not report.rest.compared:
        names.remove("change")
    shown = "readers" if page == "reader" else page
    return [Tab(str(TITLES[name]), report.address(name), name == shown) for name in names]


def _links(report: GapReport, page: str) -> dict[str, str]:
    """Returns the addresses of other pages of the report; `all_organizations`: the gaps without a cohort; `citation`:
    how to cite this page."""
    slug, topic = report.release.slug, report.topic
    pages = {name: report.address(name) for name in ("gaps", "published", "readers", "about")}
    return pages | {
        "all_organizations": report_address(slug, "gaps", topic=topic),
        "citation": citation(report, "readers" if page == "reader" else page, title=str(TITLES[page])),
        "query": f"?{urlencode({'cohort': report.cohort})}" if report.cohort != ALL else "",
    }


def _comparisons(report: GapReport) -> list[tuple[str, str]]:
    """Returns the choices of what the gaps are compared with."""
    possible = {
        "wave": report.change is not None,
        "all": report.cohort != ALL,
        "published": any(view.marks for view in report.pairs),
    }
    return [(name, str(COMPARISONS[name])) for name, is_possible in possible.items() if is_possible]


def _compared(report: GapReport, compare: str) -> dict[str, Value]:
    """Returns the gaps that the report is compared with, by the code of the pair."""
    if compare == "all":
        return _gaps(estimate_table(report.release, ALL, subject_kind="pair"), report.pairs)
    if compare == "wave" and report.change is not None:
        earlier = estimate_table(report.change.earlier, report.cohort, subject_kind="pair")
        return _gaps(earlier, report.pairs)
    return {}


def _gaps(table: EstimateTable, pairs: list[PairView]) -> dict[str, Value]:
    statistic = {view.pair.code: "gap_over" if view.axis == "bands" else "gap" for view in pairs}
    return {code: Value.of(table.row("pair", code, name)) for code, name in statistic.items()}


def _readers(context: dict[str, Any], report: GapReport, code: str) -> dict[str, Any] | None:
    reader = _reader(report, code)
    if reader is None:
        return None
    views = {view.pair.code: view for view in report.pairs}
    concerns = [
        Concern(pair_row(views[concern.pair]), concern.why)
        for concern in reader.concerns
        if concern.pair in views
    ]
    return context | {"reader": reader, "concerns": concerns}


def _reader(report: GapReport, code: str) -> Reader | None:
    readers = catalogue.readers_of(report.questionnaire.slug)
    return next((reader for reader in readers if reader.code == code), None)
