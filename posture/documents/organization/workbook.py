"""An organisation's report as a workbook. Every text is written as text."""

from dataclasses import replace
from io import BytesIO

from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from posture.documents.archives import with_fixed_dates
from posture.documents.canvas import BELIEF, EVIDENCE
from posture.documents.organization import phrases
from posture.documents.organization.slides import is_share
from posture.documents.organization.tables import (
    framework_table,
    full_actions_table,
    pairs_table,
    published_table,
    scores_table,
    topics_table,
    waves_table,
)
from posture.documents.sheets import (
    CHART_ROWS,
    DICTIONARY_WIDTHS,
    ONLY_TEXT,
    Sheets,
    block,
    read_me,
    series_of,
    style_chart,
)
from posture.reports.organization_story import OrganizationStory
from posture.reports.shorthand import all_marks

WIDTHS_OF_ACTIONS = (32.0, 20.0, 14.0, 14.0, 14.0, 52.0, 24.0, 52.0, 12.0, 36.0, 36.0, 52.0, 14.0, 14.0)


def workbook(story: OrganizationStory) -> bytes:
    """Returns the file. It depends on the answers, the release and the language only."""
    target = BytesIO()
    book = Workbook(target, ONLY_TEXT)
    book.set_properties({"title": phrases.title(story), "subject": story.report.division.headline})
    sheets = Sheets(book)
    read_me(sheets, story.report.division.headline, _lines(story))
    if story.actions:
        sheets.tables(_("What to do first"), [full_actions_table(story)], widths=WIDTHS_OF_ACTIONS)
    _pairs(sheets, story)
    sheets.tables(_("Topics and waves"), [topics_table(story), waves_table(story)])
    sheets.tables(_("Evidence score"), [scores_table(story)])
    sheets.tables(_("Published figures"), [published_table(story)])
    if story.frameworks:
        sheets.tables(_("Frameworks"), [framework_table(framework) for framework in story.frameworks])
    _dictionary(sheets, story)
    book.close()
    return with_fixed_dates(target.getvalue(), story.as_of)


def _lines(story: OrganizationStory) -> list[str]:
    return [
        phrases.title(story),
        str(story.report.division.verdict),
        phrases.synthetic(story),
        phrases.for_whom(story),
        phrases.rests_on(story),
        *phrases.method(story),
        phrases.address(story),
    ]


def _pairs(sheets: Sheets, story: OrganizationStory) -> None:
    """Adds the table of pairs, those that the chart draws first."""
    pairs = sorted(story.report.pairs, key=lambda pair: not is_share(pair))
    table, name = pairs_table(pairs), _("Pairs")
    charted = sum(map(is_share, pairs))
    sheet, [place] = sheets.tables(name, [table], first_row=CHART_ROWS if charted else 0)
    if not charted:
        return
    place = replace(place, last=place.first + charted - 1)
    chart = sheets.book.add_chart({"type": "bar"})
    for column, color in ((1, BELIEF), (2, EVIDENCE)):
        if column in place.numbers:
            chart.add_series(series_of(name, table, place, column, color) | {"gap": 60})
    style_chart(chart, _("Own belief and evidence"))
    description = _("Own belief and evidence by pair. The table below has the numbers.")
    sheet.insert_chart(0, 0, chart, {"description": description})


def _dictionary(sheets: Sheets, story: OrganizationStory) -> None:
    sheet = sheets.add(_("Dictionary"), DICTIONARY_WIDTHS)
    headings = (_("Pair"), _("Label"), _("Question about the belief"), _("Question about the evidence"))
    views = [pair.view for pair in story.report.pairs]
    rows = [
        (view.pair.code, view.pair.label, view.belief_item.wording, view.evidence_item.wording)
        for view in views
    ]
    row = block(sheets, sheet, 0, headings, rows)
    block(sheets, sheet, row, (_("Mark"), _("Meaning")), all_marks())
