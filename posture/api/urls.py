"""Addresses of the API, its OpenAPI document and its browsable page."""

from typing import Any

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from posture.api import views


class Schema(SpectacularAPIView):
    access = "public"
    permission_classes: list[Any] = []
    authentication_classes: list[Any] = []


class Docs(SpectacularSwaggerSplitView):
    access = "public"
    permission_classes: list[Any] = []
    authentication_classes: list[Any] = []
    url_name = "api:schema"
    url_self = None


router = SimpleRouter(use_regex_path=False)
router.register("releases", views.Releases, "release")
router.register("estimates", views.Estimates, "estimate")
router.register("gaps", views.Gaps, "gap")
router.register("benchmarks", views.Benchmarks, "benchmark")
router.register("questionnaires", views.Questionnaires, "questionnaire")

app_name = "api"
urlpatterns = [
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
    path("", include(router.urls)),
]
