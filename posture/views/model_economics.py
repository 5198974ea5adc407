"""A what-if page: the compute of two language models over their lifetime, and their break-even."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from posture.reports.model_economics import PAPERS, compare_costs
from posture.views.model_cost_form import ModelCostForm
from surveys.web.access import public


@public("GET")
def model_economics(request: HttpRequest) -> HttpResponse:
    form = ModelCostForm(request.GET.dict())
    comparison = None
    if form.is_valid():
        comparison = compare_costs(form.model_options, form.cleaned_data["queries"])
    context = {"form": form, "comparison": comparison, "papers": PAPERS, "section": "model-economics"}
    return render(request, "posture/model_economics.html", context, status=422 if form.errors else 200)
