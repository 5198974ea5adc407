"""Changes since an earlier wave as CSV, for programs."""

from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse

from posture.analysis.waves.breaks import indicator_breaks, item_breaks, pair_breaks
from posture.analysis.waves.changes import CHANGE
from posture.models import Release
from posture.models.number_address import absolute_address
from posture.releases.queries import cohorts_of, comparison_table
from posture.stored_definitions import catalogue
from posture.views.release_access import visible_or_404
from posture.views.tables import csv_response
from surveys.instrument.cohorts import ALL
from surveys.web.access import public
from surveys.web.costly_requests import costly
from surveys.web.disk_space import requires_disk_space

NUMBERS = (
    "unit", "base", "value", "unweighted_value", "se", "ci_low", "ci_high", "p_value", "level", "method", "status",
)  # fmt: skip
VERDICT = ("p_adjusted", "verdict", "reason")
COLUMNS = (
    "subject_kind", "subject", "statistic", "option", "cohort", "since", *NUMBERS, *VERDICT, "breaks", "receipt",
)  # fmt: skip


@public("GET")
@costly()
@requires_disk_space
def changes_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """Returns every change of one cohort, and one line for each subject with a trend break. Empty if the release
    follows no other."""
    release = visible_or_404(request, slug)
    cohort = request.GET.get("cohort") or ALL
    if release.status == Release.Status.WITHDRAWN or cohort not in (*cohorts_of(release), ALL):
        raise Http404
    return csv_response(f"{slug}-changes", COLUMNS, [*_changes(release, cohort), *_breaks(release, cohort)])


def _changes(release: Release, cohort: str) -> Iterator[list[object]]:
    since = release.follows.slug if release.follows else ""
    comparisons = comparison_table(release, cohort, compared_with="earlier_wave")
    verdicts = {
        (row.subject_kind, row.subject, f"{row.statistic}{CHANGE}"): [getattr(row, name) for name in VERDICT]
        for row in comparisons.rows
    }
    for row in release.estimates.filter(cohort=cohort, statistic__endswith=CHANGE).order_by("id"):
        names = [row.subject_kind, row.subject, row.statistic, row.option, row.cohort, since]
        verdict = verdicts.get((row.subject_kind, row.subject, row.statistic), [""] * len(VERDICT))
        numbers = [getattr(row, name) for name in NUMBERS]
        yield [*names, *numbers, *verdict, "", absolute_address(row.get_absolute_url())]


def _breaks(release: Release, cohort: str) -> Iterator[list[object]]:
    if release.follows is None:
        return
    earlier, later = release.follows.wave.questionnaire.definition, release.wave.questionnaire.definition
    indicators = catalogue.indicators_of(later.slug)
    breaks = [("pair", pair.code, pair_breaks(pair.code, earlier, later)) for pair in later.core_pairs]
    breaks += [
        ("indicator", indicator.code, indicator_breaks(indicator.code, indicators, earlier, later))
        for indicator in indicators
    ]
    breaks += [("item", item.code, item_breaks(item.code, earlier, later)) for item in later.core_items]
    for kind, subject, reasons in breaks:
        if reasons:
            empty = [""] * (len(NUMBERS) - 1)
            yield [
                kind,
                subject,
                "",
                "",
                cohort,
                release.follows.slug,
                *empty,
                "break",
                "",
                "",
                "break",
                "; ".join(reasons),
                "",
            ]
