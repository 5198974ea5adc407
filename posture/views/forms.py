"""Forms of the analyst's pages on releases and targets."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from pydantic import ValidationError as WrongFields

from posture.definitions.targets import Margins, Targets, read_table
from posture.methods.weighting import BOUNDS
from posture.models import Release, TargetSet
from posture.releases.lineage import releases_to_follow
from surveys.exports.csv_text import csv_text
from surveys.imports.uploads import UploadRefused
from surveys.imports.uploads import read_table as read_upload
from surveys.instrument.definition_file import InvalidDefinition
from surveys.web.studio_forms import PlainTextForm


class ReleaseForm(forms.Form):
    """Options of a release besides its wave. Without targets the release is not weighted."""

    targets = forms.ModelChoiceField(
        TargetSet.objects.all(), required=False, empty_label=lazy("None: every organisation counts once")
    )
    weighting = forms.ChoiceField(
        choices=Release.Weighting.choices,
        initial=Release.Weighting.RAKING,
        required=False,
        label=lazy("Weight by"),
    )
    lowest = forms.FloatField(
        min_value=0,
        max_value=0.99,
        initial=BOUNDS[0],
        required=False,
        label=lazy("Lowest weight, where the mean is 1"),
    )
    highest = forms.FloatField(
        min_value=1.01, max_value=100, initial=BOUNDS[1], required=False, label=lazy("Highest weight")
    )
    follows = forms.ModelChoiceField(
        Release.objects.none(), required=False, empty_label=lazy("None"), label=lazy("Change since")
    )

    finite_population = forms.BooleanField(
        required=False,
        label=lazy(
            "Correct intervals for the size of the frame, where most of it takes part"
            " (finite-population correction)"
        ),
    )

    def __init__(self, wave_id: int, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["follows"].queryset = releases_to_follow(wave_id, at=at)  # type: ignore[attr-defined]

    @property
    def request(self) -> dict[str, Any]:
        """Returns the arguments of `request_release`."""
        data = self.cleaned_data
        lowest, highest = data["lowest"], data["highest"]
        return {
            "targets": data["targets"],
            "weighting": data["weighting"] or Release.Weighting.RAKING,
            "bounds": (
                BOUNDS[0] if lowest is None else lowest,
                BOUNDS[1] if highest is None else highest,
            ),
            "follows": data["follows"],
            "finite_population": data["finite_population"],
        }


class TargetsForm(PlainTextForm):
    """Provenance of targets, and their table, typed or uploaded as a file. The field of the table shows a refused
    file, so that it can be corrected there."""

    title = forms.CharField(max_length=200)
    code = forms.SlugField(max_length=80, label=lazy("Short name for addresses"))
    population = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}), label=lazy("Which organisations are counted")
    )
    source = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}), label=lazy("Where the counts come from")
    )
    as_of = forms.DateField(
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), label=lazy("State of the counts")
    )
    vouched_by = forms.CharField(max_length=200, label=lazy("Who vouches for them"))
    url = forms.URLField(
        required=False,
        max_length=500,
        assume_scheme="https",
        label=lazy("Address of the source, if it has one"),
    )
    table = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        label=lazy("Table: dimension,category,count"),
    )
    file = forms.FileField(required=False, label=lazy("or a CSV or XLSX file of it"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.files.get("file") is not None:
            text, self._file_error = _text_of(self.files["file"])
            typed = str(self.data.get("table", ""))
            if typed.strip() and typed != text:
                text, self._file_error = typed, _("Either a table here or a file, not both.")
            self.data = {**self.data.dict(), "table": text}  # type: ignore[attr-defined]
        else:
            self._file_error = ""

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        if url and not url.startswith("https://"):
            raise ValidationError(_("An address that begins with https://"))
        return url

    def clean_table(self) -> Margins:
        if self._file_error:
            raise ValidationError(self._file_error)
        try:
            return read_table(str(self.cleaned_data["table"]), name="table")
        except InvalidDefinition as error:
            raise ValidationError([str(problem) for problem in error.errors]) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        fields = {name: value for name, value in cleaned.items() if name not in ("table", "file")}
        try:
            cleaned["definition"] = Targets(**fields, margins=cleaned["table"])
        except WrongFields as error:
            raise ValidationError(
                [f"{problem['loc']}: {problem['msg']}" for problem in error.errors()]
            ) from error
        return cleaned


def _text_of(file: Any) -> tuple[str, str]:
    """Returns the table as lines of CSV, or the error in the file."""
    try:
        rows = read_upload(file).rows
    except UploadRefused as error:
        return "", str(error)
    return csv_text(rows[0][1], [cells for _, cells in rows[1:]]), ""
