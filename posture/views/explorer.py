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
from posture.explorer.choices import Offer, offer_of
from posture.explorer.drawing import drawing
from posture.explorer.form import cut_words, filter_words, filters, kept_answers, subject_groups
from posture.explorer.frames import Opened, State, ask_for, opened, weighted_to
from posture.explorer.heat_table import heat_tables
from posture.explorer.published_figures import ticks_of
from posture.explorer.query import CHARTS, HEAT, SORTS, Question, Reading, read_question
from posture.explorer.query_results import Found, found_in
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
SHOWN = ("share", "mean", "belief", "evidence", "gap", "over", "under")
MOST_ROWS = 300
NOT_RELEASED = lazy("not released: for analysts only")


class Asked:
    """One request to the explorer: the available choices and the selected ones."""

    def __init__(self, slug: str, address: str) -> None:
        rows = list(waves_of(slug))
        if not rows:
            raise Http404
        self.slug, self.waves = slug, rows
        self.offer: Offer = offer_of(
            rows[-1].questionnaire.definition,
            catalogue.indicators_of(slug),
            {wave.slug: wave.title for wave in rows},
            dict(TargetSet.objects.values_list("code", "title")),
        )
        self.reading: Reading = read_question(parse_qs(address), self.offer)

    @property
    def question(self) -> Question:
        return self.reading.question

    @cached_property
    def counted(self) -> Opened:
        """Returns the current cube. If it is not up to date, asks the worker to refresh it; the page shows the
        current numbers meanwhile."""
        found = opened(self.slug)
        if found.state is not State.READY:
            ask_for(self.slug, at=timezone.now())
        return found

    @cached_property
    def weighted(self) -> Reweighted | None:
        """Returns the weighted cube; None if the question asks for no weights."""
        targets = TargetSet.objects.filter(code=self.question.weighted_to).first()
        return weighted_to(self.slug, targets) if targets else None

    def answer(self) -> Found | None:
        """Returns the results; None while answers are counted for the first time, or counted again after a wave was
        set up."""
        cube = self.weighted.cube if self.weighted else self.counted.cube
        if cube is None:
            return None
        try:
            return found_in(cube, self.question, self.offer, k=settings.SUPPRESSION_THRESHOLD)
        except KeyError:
            return None

    def refusals(self) -> list[str]:
        """Returns the selected waves that could not be weighted, with the reasons."""
        looked_at = self.question.kept.get(WAVE, self.offer.waves)
        refused = self.weighted.refused if self.weighted else {}
        titles = self.offer.break_by(WAVE).labels
        return [f"{titles[wave]}: {refused[wave]}" for wave in looked_at if wave in refused]


def asked(request: HttpRequest, slug: str, address: str | None = None) -> Asked:
    return Asked(slug, request.GET.urlencode() if address is None else address)


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
    one = asked(request, slug)
    found = one.answer()
    context = _form_context(one) | _kept_context(one) | {"section": "studio"}
    if found is None:
        return render(request, "posture/explorer.html", context)
    context |= {
        "found": found,
        "weights_title": one.offer.targets.get(one.question.weighted_to, ""),
        "refusals": one.refusals(),
        "is_stale": one.counted.state is State.STALE,
        "drawing": drawing(
            found.lines, chart=one.question.chart, offer=one.offer, ticks=ticks_of(one.question, one.offer)
        ),
        "shown": [line for line in found.lines if line.statistic in SHOWN][:MOST_ROWS],
        "heat": heat_tables(found.lines) if one.question.chart == HEAT else [],
    }
    return render(request, "posture/explorer.html", context, status=400 if one.reading.problems else 200)


@analyst("GET")
@requires_disk_space
@costly()
def explorer_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """Returns the table as CSV; while nothing is counted yet, a page that says so."""
    one = asked(request, slug)
    found = one.answer()
    if found is None:
        return redirect("posture:explorer", slug)
    _note_export(request, slug, one)
    return csv_response(f"{slug}-explorer", COLUMNS, _rows(found))


@analyst("GET")
@requires_disk_space
@costly()
def explorer_xlsx(request: HttpRequest, slug: str) -> HttpResponse:
    """Returns the table as XLSX; while nothing is counted yet, a page that says so."""
    one = asked(request, slug)
    found = one.answer()
    if found is None:
        return redirect("posture:explorer", slug)
    _note_export(request, slug, one)
    return xlsx_response(f"{slug}-explorer", COLUMNS, _rows(found), note=str(NOT_RELEASED))


def _note_export(request: HttpRequest, slug: str, one: Asked) -> None:
    note(
        "exported from the explorer",
        by=request.user,
        about=f"{slug}?{one.question.address()}",
        at=timezone.now(),
    )


def _rows(found: Found) -> list[list[object]]:
    return [
        [
            line.subject, line.label, line.statistic, line.option, line.group_label, line.unit, line.value,
            line.low, line.high, found.level, line.base, line.weighted_base, line.effective_base,
            line.differs, "yes" if line.is_releasable else "no", line.needed,
        ]
        for line in found.lines
    ]  # fmt: skip


def _form_context(one: Asked) -> dict[str, object]:
    other_slugs = {wave.questionnaire.slug: wave.questionnaire for wave in waves()}
    return {
        "offer": one.offer,
        "question": one.question,
        "problems": one.reading.problems,
        "others": [row for slug, row in other_slugs.items() if slug != one.slug],
        "charts": CHARTS,
        "sorts": SORTS,
        "subject_groups": list(subject_groups(one.offer)),
        "filters": filters(one.question, one.offer),
        "kept_answers": kept_answers(one.question, one.offer),
        "filter_words": filter_words(one.question, one.offer),
    }


def _kept_context(one: Asked) -> dict[str, object]:
    cuts = ReleasedCut.objects.filter(wave__in=[wave.pk for wave in one.waves]).select_related("wave")
    return {
        "saved": SavedView.objects.filter(questionnaire=one.slug),
        "cuts": [{"pk": cut.pk, "wave": cut.wave, "words": crossed_title(cut.dimensions)} for cut in cuts],
        "cut_refusal": cut_refusal(one.question.breaks, by_answer=bool(one.question.answers)),
        "cut_words": cut_words(one.question, one.offer),
        "cut_waves": {wave.slug: wave.title for wave in reversed(one.waves)},
    }
