"""The analyst's pages on releases: request, progress, publish, withdraw."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from posture.microdata import wave_facts, wave_id_of
from posture.models import Release
from posture.releases.lifecycle import (
    STALE_MESSAGE,
    ReleaseError,
    is_stale,
    publish_release,
    request_release,
    withdraw_release,
)
from posture.releases.queries import pack_of
from posture.reports.conduct import conduct_report
from posture.reports.suppression import suppression_report_of
from posture.views.forms import ReleaseForm
from posture.views.wave_cohorts import CohortForm
from surveys.web.access import analyst


@analyst("GET", "POST")
def releases(request: HttpRequest, wave: str) -> HttpResponse:
    wave_id = wave_id_of(wave)
    if wave_id is None:
        raise Http404
    form = ReleaseForm(wave_id, request.POST if request.method == "POST" else None, at=timezone.now())
    if request.method == "POST" and form.is_valid():
        try:
            release = request_release(wave_id, by=request.user, at=timezone.now(), **form.request)
            return redirect("posture:studio-release", release.slug)
        except ReleaseError as error:
            form.add_error(None, str(error))
    context = {
        "facts": wave_facts(wave_id, at=timezone.now()),
        "releases": Release.objects.filter(wave_id=wave_id),
        "form": form,
        "cohort_form": CohortForm(wave_id),
        "section": "studio",
    }
    return render(request, "posture/studio_releases.html", context, status=422 if form.errors else 200)


@analyst("GET")
def release(request: HttpRequest, slug: str) -> HttpResponse:
    selected = get_object_or_404(Release, slug=slug)
    rows = selected.estimates.all() if selected.is_complete else selected.estimates.none()
    counts = {
        "published": rows.filter(status="published").count(),
        "suppressed": rows.filter(status="suppressed").count(),
    }
    context = {
        "release": selected,
        "facts": wave_facts(selected.wave_id, at=timezone.now()),
        "counts": counts,
    }
    context |= {"pack": pack_of(selected), "conduct": conduct_report(selected)}
    context |= {
        "suppression": suppression_report_of(selected),
        "stale": STALE_MESSAGE if is_stale(selected) else "",
    }
    return render(request, "posture/studio_release.html", context | {"section": "studio"})


@analyst("GET")
def progress(request: HttpRequest, slug: str) -> JsonResponse:
    selected = get_object_or_404(Release, slug=slug)
    return JsonResponse({"status": selected.status, "percent": selected.progress, "stage": selected.stage})


@analyst("POST")
def publish(request: HttpRequest, slug: str) -> HttpResponse:
    selected = get_object_or_404(Release, slug=slug)
    try:
        publish_release(selected, by=request.user, at=timezone.now())
        messages.success(request, _("Published. From now on these numbers never change."))
    except ReleaseError as error:
        messages.error(request, str(error))
    return redirect("posture:studio-release", slug)


@analyst("POST")
def withdraw(request: HttpRequest, slug: str) -> HttpResponse:
    selected = get_object_or_404(Release, slug=slug)
    try:
        withdraw_release(selected, reason=request.POST.get("reason", ""), by=request.user, at=timezone.now())
        messages.success(request, _("Withdrawn. The page of the release now gives the reason."))
    except ReleaseError as error:
        messages.error(request, str(error))
    return redirect("posture:studio-release", slug)
