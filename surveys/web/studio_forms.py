"""Forms of the studio."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from surveys.imports.importer import mappings
from surveys.instrument import cohorts
from surveys.instrument.plain_text import expected_of_text
from surveys.models import Organization, Questionnaire, Wave


def _with_empty(dimension: str) -> list[tuple[str, str]]:
    return [("", _("Not stated")), *cohorts.choices(dimension)]


class PlainTextForm(forms.Form):
    """A form whose text fields refuse texts that a database cannot store."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.CharField):
                field.validators.append(_validate_plain_text)


def _validate_plain_text(text: str) -> None:
    if expected := expected_of_text(text):
        raise ValidationError(_("Expected {expected}.").format(expected=expected))


class OrganizationForm(PlainTextForm):
    """The form of an organisation. Sector, size and region define its cohorts, so they are entered before any
    answer."""

    name = forms.CharField(max_length=200, label=lazy("Name"))
    slug = forms.SlugField(max_length=80, label=lazy("Short name for addresses"))
    sector = forms.ChoiceField(choices=_with_empty("sector"), required=False, label=lazy("Sector"))
    size_band = forms.ChoiceField(choices=_with_empty("size_band"), required=False, label=lazy("Size"))
    region = forms.ChoiceField(choices=_with_empty("region"), required=False, label=lazy("Region"))

    def clean_slug(self) -> str:
        if Organization.objects.filter(slug=self.cleaned_data["slug"]).exists():
            raise ValidationError(_("Another organisation has this short name."))
        return str(self.cleaned_data["slug"])


class InvitationForm(PlainTextForm):
    organization = forms.ModelChoiceField(Organization.objects.all(), label=lazy("Organisation"))
    role = forms.ChoiceField(label=lazy("Role"))
    address = forms.EmailField(label=lazy("E-mail"))

    def __init__(self, wave: Wave, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = wave.questionnaire.definition.roles
        self.fields["role"].choices = [(role.code, role.label) for role in roles]  # type: ignore[attr-defined]


class _DateTime(forms.DateTimeInput):
    input_type = "datetime-local"


RETENTION_CHOICES = [
    (6, lazy("6 months")),
    (12, lazy("12 months")),
    (24, lazy("24 months")),
    (36, lazy("36 months")),
    (60, lazy("60 months")),
]


class WaveForm(PlainTextForm):
    questionnaire = forms.ModelChoiceField(Questionnaire.objects.all(), label=lazy("Questionnaire"))
    title = forms.CharField(max_length=200, label=lazy("Title"))
    slug = forms.SlugField(max_length=80, label=lazy("Short name for addresses"))
    opens_at = forms.DateTimeField(widget=_DateTime, label=lazy("Opens (UTC)"))
    closes_at = forms.DateTimeField(widget=_DateTime, label=lazy("Closes (UTC)"))
    keep_months = forms.TypedChoiceField(
        choices=RETENTION_CHOICES, coerce=int, initial=24, label=lazy("Keep answers, after it closed, for")
    )
    asks_code = forms.BooleanField(
        required=False, label=lazy("Ask every device for a mailed code, also before the first answer")
    )

    def clean_slug(self) -> str:
        if Wave.objects.filter(slug=self.cleaned_data["slug"]).exists():
            raise ValidationError(_("Another wave has this short name."))
        return str(self.cleaned_data["slug"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        opens_at, closes_at = cleaned.get("opens_at"), cleaned.get("closes_at")
        if isinstance(opens_at, datetime) and isinstance(closes_at, datetime) and closes_at <= opens_at:
            self.add_error("closes_at", _("The wave must close after it opens."))
        return cleaned


class WaveStatementForm(PlainTextForm, forms.ModelForm):
    """The statement of a wave. All fields are optional; a release shows "not stated" for empty ones."""

    class Meta:
        model = Wave
        fields = [
            "sponsor",
            "conducted_by",
            "population",
            "population_size",
            "frame",
            "sampling",
            "recruitment",
            "mode",
            "language",
            "eligible_percent",
            "eligible_source",
        ]
        labels = {
            "sponsor": lazy("Who pays for the survey"),
            "conducted_by": lazy("Who conducts it"),
            "population": lazy("Which organisations it is about"),
            "population_size": lazy("How many organisations the sampling frame holds"),
            "frame": lazy("Sampling frame: the list they were taken from"),
            "sampling": lazy("How organisations were chosen"),
            "recruitment": lazy("How they were invited or recruited"),
            "mode": lazy("Mode, such as “self-completed on the web”"),
            "language": lazy("Language of the questionnaire"),
            "eligible_percent": lazy(
                "Percent of never opened invitations thought to be eligible, for rate RR3"
            ),
            "eligible_source": lazy("How that percent was estimated"),
        }
        help_texts = {"eligible_percent": ""}
        widgets = {
            name: forms.Textarea(attrs={"rows": 2})
            for name in ("population", "frame", "recruitment", "mode", "eligible_source")
        }

    def clean_eligible_percent(self) -> float | None:
        percent = self.cleaned_data["eligible_percent"]
        if percent is not None and not 0 <= percent <= 100:
            raise ValidationError(_("A percent from 0 to 100."))
        return percent

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in self.Meta.widgets:
            cleaned[name] = " ".join(cleaned.get(name, "").split())
        if cleaned.get("eligible_percent") is not None and not cleaned.get("eligible_source"):
            self.add_error("eligible_source", _("Say how the percent was estimated."))
        return cleaned


class ImportForm(PlainTextForm):
    mapping = forms.ChoiceField(label=lazy("Mapping of the columns"))
    file = forms.FileField(max_length=1_000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        megabytes = settings.LARGEST_UPLOAD // 1_000_000
        self.fields["file"].label = _("CSV or XLSX file, at most {megabytes} MB").format(megabytes=megabytes)
        self.fields["mapping"].choices = [(name, name) for name in mappings()]  # type: ignore[attr-defined]
