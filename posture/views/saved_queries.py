"""Actions of analysts in the explorer: saved views and released cuts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from posture.explorer.saved_queries import (
    SavedQueryError,
    add_cut,
    cut_refusal,
    delete_view,
    remove_cut,
    save_view,
)
from posture.models import ReleasedCut, SavedView
from posture.views.explorer import explorer_request
from surveys.fieldwork.queries import waves_of
from surveys.web.access import analyst


@analyst("POST")
def save(request: HttpRequest, slug: str) -> HttpResponse:
    """Saves a view. The query string is parsed and written again, so that the row contains a question and nothing
    else."""
    address = explorer_request(request, slug, request.POST.get("address", "")).query.address()
    try:
        view = save_view(
            slug, name=request.POST.get("name", ""), address=address, by=request.user, at=timezone.now()
        )
        messages.success(request, _("“{view}” is saved.").format(view=view))
    except SavedQueryError as error:
        messages.error(request, str(error))
    return _back(slug, address)


@analyst("POST")
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView, pk=pk)
    delete_view(view, by=request.user, at=timezone.now())
    messages.success(request, _("“{view}” is deleted.").format(view=view))
    return _back(view.questionnaire, view.address)


@analyst("POST")
def add(request: HttpRequest, slug: str) -> HttpResponse:
    question = explorer_request(request, slug, request.POST.get("address", "")).query
    wave = waves_of(slug).filter(slug=request.POST.get("into", "")).first()
    refusal = cut_refusal(question.breaks, by_answer=bool(question.answers))
    if wave is None:
        refusal = _("Choose a wave of this questionnaire.")
    if wave is None or refusal:
        messages.error(request, refusal)
        return _back(slug, question.address())
    add_cut(wave.pk, breaks=question.breaks, by=request.user, at=timezone.now())
    messages.success(
        request,
        _("The next release of {wave} has this cut; the audit decides which of its cells show.").format(
            wave=wave
        ),
    )
    return _back(slug, question.address())


@analyst("POST")
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    cut = get_object_or_404(ReleasedCut.objects.select_related("wave__questionnaire"), pk=pk)
    remove_cut(cut, by=request.user, at=timezone.now())
    messages.success(request, _("Later releases of {wave} are without this cut.").format(wave=cut.wave))
    return _back(cut.wave.questionnaire.slug, "")


def _back(slug: str, address: str) -> HttpResponse:
    return redirect(reverse("posture:explorer", args=[slug]) + (f"?{address}" if address else ""))
