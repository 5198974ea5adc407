"""The analyst's choice of the release that the reports of a wave compare organisations with."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.microdata import wave_facts, wave_id_of
from posture.models import Release
from posture.releases.queries import published_releases_of_questionnaire
from posture.releases.wave_cohorts import choose_cohort, chosen_cohort, clear_cohort
from surveys.web.access import analyst


class CohortForm(forms.Form):
    release = forms.ModelChoiceField(
        Release.objects.none(),
        required=False,
        label=lazy("Compare organisations with"),
        empty_label=lazy("The release of this wave, once it is published"),
    )

    def __init__(self, wave_id: int, data: object = None) -> None:
        chosen = chosen_cohort(wave_id)
        super().__init__(data, initial={"release": chosen and chosen.release_id}, prefix="cohort")  # type: ignore[arg-type]
        slug = wave_facts(wave_id, at=timezone.now()).questionnaire.slug
        self.fields["release"].queryset = published_releases_of_questionnaire(slug)  # type: ignore[attr-defined]


@analyst("POST")
def choose(request: HttpRequest, wave: str) -> HttpResponse:
    wave_id = wave_id_of(wave)
    if wave_id is None:
        raise Http404
    form = CohortForm(wave_id, request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a published release of the same questionnaire."))
    elif form.cleaned_data["release"] is None:
        clear_cohort(wave_id, by=request.user, at=timezone.now())
        messages.success(request, _("Reports of this wave compare with its own release."))
    else:
        choose_cohort(wave_id, form.cleaned_data["release"], by=request.user, at=timezone.now())
        messages.success(request, _("Reports of this wave compare with the chosen release."))
    return redirect("posture:studio-releases", wave)
