"""Population targets: the analyst's list and upload, and the public page with the provenance of each set."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from posture.models import TargetSet
from posture.releases.queries import may_see_targets
from posture.stored_definitions.target_sets import save_upload
from posture.views.forms import TargetsForm
from surveys.instrument.cohorts import DIMENSIONS
from surveys.instrument.definition_file import InvalidDefinition
from surveys.web import disk_space
from surveys.web.access import analyst, public
from surveys.web.costly_requests import costly


@analyst("GET", "POST")
@costly("POST")
def target_sets(request: HttpRequest) -> HttpResponse:
    if request.FILES and disk_space.is_low():
        return disk_space.insufficient_storage()
    form = TargetsForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            uploaded = save_upload(form.cleaned_data["definition"], by=request.user, at=timezone.now())
        except InvalidDefinition as error:
            form.add_error("code", str(error.errors[0].expected))
        else:
            messages.success(request, _("{kept} can now weight a release.").format(kept=uploaded))
            return redirect("posture:targets", uploaded.code)
    context = {
        "form": form,
        "targets": TargetSet.objects.all(),
        "dimensions": DIMENSIONS,
        "section": "studio",
    }
    return render(request, "posture/studio_targets.html", context, status=422 if form.errors else 200)


@public("GET")
def target_set(request: HttpRequest, code: str) -> HttpResponse:
    """Shows the provenance and the counts of one set of targets."""
    targets = get_object_or_404(TargetSet, code=code)
    if not may_see_targets(targets, user=request.user):
        raise Http404
    labels = {dimension.code: dimension for dimension in DIMENSIONS}
    margins = [
        (
            labels[code].title,
            [(labels[code].labels[category], count) for category, count in counts.items()],
            sum(counts.values()),
        )
        for code, counts in targets.margins.items()
    ]
    return render(request, "posture/targets.html", {"targets": targets, "margins": margins})
