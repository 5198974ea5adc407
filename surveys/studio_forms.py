"""Forms of the analyst's pages."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from surveys import cohorts
from surveys.models import Organization, Questionnaire, Wave


def _with_empty(dimension: str) -> list[tuple[str, str]]:
    return [("", "Not stated"), *cohorts.choices(dimension)]


class OrganizationForm(forms.Form):
    """Sector, size and region decide the cohorts, so they are entered before anybody answers."""

    name = forms.CharField(max_length=200)
    slug = forms.SlugField(max_length=80, label="Short name for addresses")
    sector = forms.ChoiceField(choices=_with_empty("sector"), required=False)
    size_band = forms.ChoiceField(choices=_with_empty("size_band"), required=False, label="Size")
    region = forms.ChoiceField(choices=_with_empty("region"), required=False)

    def clean_slug(self) -> str:
        if Organization.objects.filter(slug=self.cleaned_data["slug"]).exists():
            raise ValidationError("Another organisation has this short name.")
        return str(self.cleaned_data["slug"])


class InvitationForm(forms.Form):
    organization = forms.ModelChoiceField(Organization.objects.all(), label="Organisation")
    role = forms.ChoiceField()
    address = forms.EmailField(label="E-mail")

    def __init__(self, wave: Wave, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = wave.questionnaire.definition.roles
        self.fields["role"].choices = [(role.code, role.label) for role in roles]  # type: ignore[attr-defined]


class _DateTime(forms.DateTimeInput):
    input_type = "datetime-local"


KEPT = [(6, "6 months"), (12, "12 months"), (24, "24 months"), (36, "36 months"), (60, "60 months")]


class WaveForm(forms.Form):
    questionnaire = forms.ModelChoiceField(Questionnaire.objects.all())
    title = forms.CharField(max_length=200)
    slug = forms.SlugField(max_length=80, label="Short name for addresses")
    opens_at = forms.DateTimeField(widget=_DateTime, label="Opens (UTC)")
    closes_at = forms.DateTimeField(widget=_DateTime, label="Closes (UTC)")
    keep_months = forms.TypedChoiceField(
        choices=KEPT, coerce=int, initial=24, label="Keep answers, after it closed, for"
    )

    def clean_slug(self) -> str:
        if Wave.objects.filter(slug=self.cleaned_data["slug"]).exists():
            raise ValidationError("Another wave has this short name.")
        return str(self.cleaned_data["slug"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        opens_at, closes_at = cleaned.get("opens_at"), cleaned.get("closes_at")
        if isinstance(opens_at, datetime) and isinstance(closes_at, datetime) and closes_at <= opens_at:
            self.add_error("closes_at", "The wave must close after it opens.")
        return cleaned
