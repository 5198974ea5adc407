"""Component gallery for developers: all components of pages on one page."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.charts.shares import ShareRow, ShareSeries, dots
from surveys.web.access import admin


class ExampleForm(forms.Form):
    """Example form with a field that has a hint, and a field with an error."""

    name = forms.CharField(max_length=100, help_text=lazy("A hint says what is expected."))
    size = forms.ChoiceField(choices=[("small", "Small"), ("large", "Large")])


@admin("GET")
def components(request: HttpRequest) -> HttpResponse:
    rows = [
        ShareRow(_("First row"), (25.0,), ("25 %",), ("/benchmarks/",)),
        ShareRow(_("Second row"), (60.0,), ("60 %",), ("/benchmarks/",)),
    ]
    context = {
        "form": ExampleForm({"name": "", "size": "small"}),
        "spec": dots(rows, [ShareSeries("Share", "--published")], x_title=_("Percent")),
        "section": "studio",
    }
    return render(request, "posture/components.html", context)
