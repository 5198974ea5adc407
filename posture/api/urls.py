"""Addresses of the API, its OpenAPI document and its page."""

from typing import Any

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from posture.api import pages, views


class Schema(SpectacularAPIView):
    access = "public"
    permission_classes: list[Any] = []
    authentication_classes: list[Any] = []


router = SimpleRouter(use_regex_path=False)
router.register("releases", views.Releases, "release")
router.register("estimates", views.Estimates, "estimate")
router.register("gaps", views.Gaps, "gap")
router.register("comparisons", views.Comparisons, "comparison")
router.register("benchmarks", views.Benchmarks, "benchmark")
router.register("questionnaires", views.Questionnaires, "questionnaire")

app_name = "api"
urlpatterns = [
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", pages.docs, name="docs"),
    path("", include(router.urls)),
]
