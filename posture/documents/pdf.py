"""The gap report as a tagged PDF. Charts are figures, and every number stands in a table too."""

from dataclasses import asdict
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from posture.documents import phrases
from posture.documents.method import method_words, sources
from posture.documents.pictures import gaps_picture, profile_picture
from posture.documents.tables import (
    change_table,
    gap_tables,
    plain,
    published_rest,
    published_table,
    rest_table,
    type_table,
)
from posture.documents.typesetting import parts_of, pdf_of
from posture.models.number_address import absolute_address
from posture.reports.citations import cited
from posture.reports.conduct import conduct_report
from posture.reports.gap import GapReport

CHART_WIDTH = 720


def pdf(report: GapReport) -> bytes:
    """Returns the file. It depends on the release and the language only."""
    return pdf_of("report.typ", report_data(report), made_at=phrases.computed_at(report))


def report_data(report: GapReport) -> dict[str, Any]:
    """Returns all texts of the file, as the template expects them."""
    made_at, tables = phrases.computed_at(report), _tables(report)
    return {
        "title": f"{report.release.title}: {report.finding.headline}",
        "author": _author(report),
        "description": str(report.finding.sentence),
        "language": (get_language() or "en").partition("-")[0],
        "date": [made_at.year, made_at.month, made_at.day],
        "synthetic": phrases.synthetic(report),
        "citation": [cited(report), absolute_address(report.address("summary"))],
        "eyebrow": phrases.eyebrow(report),
        "headline": report.finding.headline,
        "lead": parts_of(report.finding.sentence),
        "details": [parts_of(detail) for detail in report.finding.details],
        "rests_on": " ".join([phrases.rests_on(report), phrases.withheld_words(report.withheld)]).strip(),
        "gaps": _gaps(report),
        "profile": _profile(report),
        **tables,
        **_method(report, tables),
    }


def _author(report: GapReport) -> str:
    conduct = conduct_report(report.release)
    return dict(conduct.facts).get(_("Conducted by"), "") if conduct else ""


def _gaps(report: GapReport) -> dict[str, str]:
    if not report.panels:
        return {"svg": "", "alt": "", "caption": ""}
    return {
        "svg": gaps_picture(report, width=CHART_WIDTH, is_framed=False),
        "alt": _(
            "Belief and evidence of {number} pairs: {sentence} The table of all gaps has the numbers."
        ).format(number=sum(len(panel.rows) for panel in report.panels), sentence=report.finding.sentence),
        "caption": _("Belief and evidence by pair, the widest gap first."),
    }


def _profile(report: GapReport) -> dict[str, str]:
    if not report.type_rows:
        return {"svg": "", "alt": "", "caption": ""}
    return {
        "svg": profile_picture(report, width=CHART_WIDTH, is_framed=False),
        "alt": _(
            "Shares of organisations that are over-confident, aligned, under-confident or without evidence, of {number}"
            " pairs. The table of types has the numbers."
        ).format(number=len(report.type_rows)),
        "caption": _("Hatched: shown as ranges, to protect organisations. An open end is withheld."),
    }


def _tables(report: GapReport) -> dict[str, Any]:
    """Returns the tables in the places where the template puts them."""
    changes, words = [], []
    if report.change is not None and report.change.clear:
        changes.append(change_table(report.change, report.change.clear, _("Clear changes")))
    elif report.change is not None and report.change.compared:
        words.append(
            _(
                "Since {earlier}: of {compared} changes, none is clear once all of them are taken together."
            ).format(earlier=report.change.earlier.title, compared=report.change.compared)
        )
    rest = published_rest(report.rest)
    if rest.rows:
        changes.append(rest_table(rest))
    elif rest.compared:
        words.append(
            _(
                "Of {compared} comparisons of a group with all organisations outside it, none is clear."
            ).format(compared=rest.compared)
        )
    numbers = [*gap_tables(report), *([type_table(report)] if report.type_rows else [])]
    return {
        "published": plain(published_table(report)),
        "changes": [plain(table) for table in changes],
        "change_words": words,
        "numbers": [plain(table) for table in numbers],
    }


def _method(report: GapReport, tables: dict[str, Any]) -> dict[str, Any]:
    conduct = conduct_report(report.release)
    return {
        "method": method_words(report),
        "facts": [[name, text] for name, text in conduct.facts] if conduct else [],
        "marks": [list(mark) for mark in phrases.marks_used([str(tables)])],
        "sources": [asdict(source) for source in sources(report)],
        "words": {
            "details": _("What the answers say"),
            "profile": _("Over-confident, aligned, under-confident"),
            "profile_intro": _(
                "An average hides that some organisations are over-confident and others under-confident. Aligned means"
                " within 10 points or, on yes-or-no pairs, the same answer. No evidence means that a belief was given,"
                " but nobody knows, measured or recorded the evidence."
            ),
            "change": _("What changed, and which groups differ"),
            "numbers": _("All gaps and types in numbers"),
            "numbers_intro": _("Select a number to open the page that shows how it was computed."),
            "method": _("Method and sources"),
            "conduct": _("How the survey was conducted"),
            "facts": [_("Fact"), _("As stated")],
            "marks": _("Marks"),
            "sources": _("Published figures that this report compares with"),
        },
    }
