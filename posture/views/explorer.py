"""Explorer pages for analysts. The query string is the question; the page, the CSV and the XLSX are three formats of
the result."""

from functools import cached_property
from urllib.parse import parse_qs

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy

from posture.analysis.cubes.frame import WAVE
from posture.analysis.cubes.reweighting import Reweighted
from posture.explorer.choices import ExplorerChoices, choices_of
from posture.explorer.drawing import draw_chart
from posture.explorer.form import cut_words, filter_words, filters, kept_answers, subject_groups
from posture.explorer.frames import CubeSnapshot, CubeState, open_cube, request_refresh, weighted_to
from posture.explorer.heat_table import heat_tables
from posture.explorer.published_figures import ticks_of
from posture.explorer.query import CHARTS, HEAT, SORTS, ExplorerQuery, ParsedQuery, parse_query
from posture.explorer.query_results import QueryResult, query_result
from posture.explorer.saved_queries import cut_refusal
from posture.models import ReleasedCut, SavedView, TargetSet
from posture.stored_definitions import catalogue
from posture.views.tables import csv_response, xlsx_response
from surveys.audit.trail import note
from surveys.fieldwork.queries import waves, waves_of
from surveys.instrument.cohorts import crossed_title
from surveys.web.access import analyst
from surveys.web.costly_requests import costly
from surveys.web.disk_space import requires_disk_space

COLUMNS = (
    "subject", "label", "statistic", "option", "group", "unit", "value", "ci_low", "ci_high", "level", "base",
    "weighted_base", "effective_base", "differs_from_rest", "releasable", "answers_needed",
)  # fmt: skip
TABLE_STATISTICS = ("share", "mean", "belief", "evidence", "gap", "over", "under")
MAX_ROWS = 300
NOT_RELEASED = lazy("not released: for analysts only")


class ExplorerRequest:
    """One request to the explorer: the available choices and the selected ones."""

    def __init__(self, slug: str, address: str) -> None:
        rows = list(waves_of(slug))
        if not rows:
            raise Http404
        self.slug, self.waves = slug, rows
        self.choices: ExplorerChoices = choices_of(
            rows[-1].questionnaire.definition,
            catalogue.indicators_of(slug),
            {wave.slug: wave.title for wave in rows},
            dict(TargetSet.objects.values_list("code", "title")),
        )
        self.parsed: ParsedQuery = parse_query(parse_qs(address), self.choices)

    @property
    def query(self) -> ExplorerQuery:
        return self.parsed.query

    @cached_property
    def snapshot(self) -> CubeSnapshot:
        """Returns the current cube. If it is not up to date, asks the worker to refresh it; the page shows the
        current numbers meanwhile."""
        snapshot = open_cube(self.slug)
        if snapshot.state is not CubeState.READY:
            request_refresh(self.slug, at=timezone.now())
        return snapshot

    @cached_property
    def weighted(self) -> Reweighted | None:
        """Returns the weighted cube; None if the question asks for no weights."""
        targets = TargetSet.objects.filter(code=self.query.weighted_to).first()
        return weighted_to(self.slug, targets) if targets else None

    def result(self) -> QueryResult | None:
        """Returns the results; None while answers are counted for the first time, or counted again after a wave was
        set up."""
        cube = self.weighted.cube if self.weighted else self.snapshot.cube
        if cube is None:
            return None
        try:
            return query_result(cube, self.query, self.choices, k=settings.SUPPRESSION_THRESHOLD)
        except KeyError:
            return None

    def refusals(self) -> list[str]:
        """Returns the selected waves that could not be weighted, with the reasons."""
        selected_waves = self.query.filters.get(WAVE, self.choices.waves)
        refused = self.weighted.refused if self.weighted else {}
        titles = self.choices.break_by(WAVE).labels
        return [f"{titles[wave]}: {refused[wave]}" for wave in selected_waves if wave in refused]


def explorer_request(request: HttpRequest, slug: str, address: str | None = None) -> ExplorerRequest:
    return ExplorerRequest(slug, request.GET.urlencode() if address is None else address)


@analyst("GET")
def explorers(request: HttpRequest) -> HttpResponse:
    """Redirects to the explorer of the questionnaire of the newest wave."""
    newest = waves().order_by("-opens_at").first()
    if newest is None:
        return redirect("surveys:waves")
    return redirect("posture:explorer", newest.questionnaire.slug)


@analyst("GET")
@costly()
def explorer(request: HttpRequest, slug: str) -> HttpResponse:
    selection = explorer_request(request, slug)
    result = selection.result()
    context = _form_context(selection) | _saved_context(selection) | {"section": "studio"}
    if result is None:
        return render(request, "posture/explorer.html", context)
    context |= {
        "result": result,
        "weights_title": selection.choices.targets.get(selection.query.weighted_to, ""),
        "refusals": selection.refusals(),
        "is_stale": selection.snapshot.state is CubeState.STALE,
        "drawing": draw_chart(
            result.rows,
            chart=selection.query.chart,
            choices=selection.choices,
            ticks=ticks_of(selection.query, selection.choices),
        ),
        "table_rows": [line for line in result.rows if line.statistic in TABLE_STATISTICS][:MAX_ROWS],
        "heat": heat_tables(result.rows) if selection.query.chart == HEAT else [],
    }
    return render(request, "posture/explorer.html", context, status=400 if selection.parsed.problems else 200)


@analyst("GET")
@requires_disk_space
@costly()
def explorer_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """Returns the table as CSV; while nothing is counted yet, a page that says so."""
    selection = explorer_request(request, slug)
    result = selection.result()
    if result is None:
        return redirect("posture:explorer", slug)
    _note_export(request, slug, selection)
    return csv_response(f"{slug}-explorer", COLUMNS, _rows(result))


@analyst("GET")
@requires_disk_space
@costly()
def explorer_xlsx(request: HttpRequest, slug: str) -> HttpResponse:
    """Returns the table as XLSX; while nothing is counted yet, a page that says so."""
    selection = explorer_request(request, slug)
    result = selection.result()
    if result is None:
        return redirect("posture:explorer", slug)
    _note_export(request, slug, selection)
    return xlsx_response(f"{slug}-explorer", COLUMNS, _rows(result), note=str(NOT_RELEASED))


def _note_export(request: HttpRequest, slug: str, selection: ExplorerRequest) -> None:
    note(
        "exported from the explorer",
        by=request.user,
        about=f"{slug}?{selection.query.address()}",
        at=timezone.now(),
    )


def _rows(result: QueryResult) -> list[list[object]]:
    return [
        [
            row.subject, row.label, row.statistic, row.option, row.group_label, row.unit, row.value,
            row.low, row.high, result.level, row.base, row.weighted_base, row.effective_base,
            row.differs, "yes" if row.is_releasable else "no", row.answers_needed,
        ]
        for row in result.rows
    ]  # fmt: skip


def _form_context(selection: ExplorerRequest) -> dict[str, object]:
    other_slugs = {wave.questionnaire.slug: wave.questionnaire for wave in waves()}
    return {
        "choices": selection.choices,
        "query": selection.query,
        "problems": selection.parsed.problems,
        "others": [row for slug, row in other_slugs.items() if slug != selection.slug],
        "charts": CHARTS,
        "sorts": SORTS,
        "subject_groups": list(subject_groups(selection.choices)),
        "filters": filters(selection.query, selection.choices),
        "kept_answers": kept_answers(selection.query, selection.choices),
        "filter_words": filter_words(selection.query, selection.choices),
    }


def _saved_context(selection: ExplorerRequest) -> dict[str, object]:
    cuts = ReleasedCut.objects.filter(wave__in=[wave.pk for wave in selection.waves]).select_related("wave")
    return {
        "saved": SavedView.objects.filter(questionnaire=selection.slug),
        "cuts": [{"pk": cut.pk, "wave": cut.wave, "words": crossed_title(cut.dimensions)} for cut in cuts],
        "cut_refusal": cut_refusal(selection.query.breaks, by_answer=bool(selection.query.answers)),
        "cut_words": cut_words(selection.query, selection.choices),
        "cut_waves": {wave.slug: wave.title for wave in reversed(selection.waves)},
    }
