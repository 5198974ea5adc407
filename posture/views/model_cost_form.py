"""The form of the model economics page: two options and a number of queries."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.charts.large_numbers import in_words
from posture.methods.model_cost import ModelOption
from posture.views.typed_numbers import whole_number

EXAMPLE = {
    "a_parameters": "70B", "a_training_tokens": "1.4T", "a_samples": "1", "a_tokens": "500",
    "b_parameters": "8B", "b_training_tokens": "15T", "b_samples": "4", "b_tokens": "500",
    "queries": "10 billion",
}  # fmt: skip
OPTIONS = ("a", "b")


class LargeNumberField(forms.Field):
    """A whole number as people type it. The field shows a refused number as it was typed."""

    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})

    def __init__(self, *, least: int, most: int, label: Any, help_text: Any) -> None:
        super().__init__(label=label, help_text=help_text, required=False)
        self.least, self.most = least, most

    def to_python(self, value: Any) -> int:
        try:
            number = whole_number(value or "")
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if number < self.least:
            raise ValidationError(_("Enter at least {least}.").format(least=self.least))
        if number > self.most:
            raise ValidationError(_("Enter at most {most}.").format(most=in_words(self.most)))
        return number


def _parameters() -> LargeNumberField:
    text = lazy("Size of the model: 8B is 8 billion parameters.")
    return LargeNumberField(least=1, most=10**16, label=lazy("Parameters (N)"), help_text=text)


def _training_tokens() -> LargeNumberField:
    text = lazy("Amount of training text: 15T is 15 trillion tokens.")
    return LargeNumberField(least=1, most=10**18, label=lazy("Training tokens (D)"), help_text=text)


def _samples() -> LargeNumberField:
    text = lazy("How many answers the model generates to choose from.")
    return LargeNumberField(least=1, most=10**6, label=lazy("Samples per query (k)"), help_text=text)


def _tokens() -> LargeNumberField:
    text = lazy("Length of one answer.")
    return LargeNumberField(least=1, most=10**9, label=lazy("Tokens per sample (t)"), help_text=text)


class ModelCostForm(forms.Form):
    queries = LargeNumberField(
        least=0,
        most=10**18,
        label=lazy("Queries over the period (q)"),
        help_text=lazy("All queries while the model is in use."),
    )
    a_parameters, a_training_tokens, a_samples, a_tokens = (
        _parameters(), _training_tokens(), _samples(), _tokens()
    )  # fmt: skip
    b_parameters, b_training_tokens, b_samples, b_tokens = (
        _parameters(), _training_tokens(), _samples(), _tokens()
    )  # fmt: skip

    def __init__(self, typed: Mapping[str, str]) -> None:
        """Fields that the address does not contain have the numbers of the example."""
        super().__init__({name: typed.get(name, text) for name, text in EXAMPLE.items()})

    @property
    def fieldsets(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        names = {"a": _("Option A"), "b": _("Option B")}
        return [(key, names[key], [self[name] for name in EXAMPLE if name[0] == key]) for key in OPTIONS]

    @property
    def model_options(self) -> tuple[ModelOption, ModelOption]:
        first, second = (
            ModelOption(
                self.cleaned_data[f"{key}_parameters"],
                self.cleaned_data[f"{key}_training_tokens"],
                self.cleaned_data[f"{key}_samples"],
                self.cleaned_data[f"{key}_tokens"],
            )
            for key in OPTIONS
        )
        return first, second
