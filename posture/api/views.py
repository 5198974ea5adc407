"""The resources. All read only, all from what is published; a release never changes, so pages never shift."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.exceptions import NotFound
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from posture.api import serializers
from posture.api.estimate_csv import estimates_csv
from posture.api.filters import BenchmarkFilter, ComparisonFilter, EstimateFilter, GapFilter
from posture.models import Benchmark, Comparison, Estimate, Release
from posture.releases.queries import published_releases
from surveys.fieldwork.questionnaire_loader import questionnaire_by_key, questionnaires
from surveys.tenancy.organization_scope import for_all_organizations
from surveys.web.costly_requests import costly


class IdentifierPagination(CursorPagination):
    ordering = "id"
    page_size = 200
    page_size_query_param = "page_size"
    max_page_size = 1000

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """CSV comes whole: a spreadsheet does not follow cursors."""
        if request.accepted_renderer.format == "csv":
            return None
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, TypeError, ValidationError):
            raise NotFound(self.invalid_cursor_message) from None


class ReadOnlyResource(ListModelMixin, GenericViewSet[Any]):
    access = "token"
    contract = ""
    pagination_class = IdentifierPagination
    filterset_class: Any = None
    lookup_value_converter = "str"

    @for_all_organizations
    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(*args, **kwargs)


class Releases(RetrieveModelMixin, ReadOnlyResource):
    """Published releases. Withdrawn ones are gone."""

    contract = "releases"
    serializer_class = serializers.ReleaseRow
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[Release]:
        return published_releases()


@costly()
class Estimates(ReadOnlyResource):
    """Every published number of a release, withheld ones with empty values. `release` is required."""

    contract = "estimates"
    serializer_class = serializers.EstimateRow
    filterset_class = EstimateFilter

    def get_queryset(self) -> QuerySet[Estimate]:
        return (
            Estimate.objects.filter(release__in=published_releases()).select_related("release").order_by("id")
        )

    def list(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        """CSV is sent while it is read: a release has tens of thousands of numbers."""
        if request.accepted_renderer.format != "csv":
            return super().list(request, *args, **kwargs)
        estimates = self.filter_queryset(self.get_queryset())
        return StreamingHttpResponse(estimates_csv(estimates), content_type="text/csv; charset=utf-8")


@costly()
class Gaps(ReadOnlyResource):
    """Belief against evidence: one row for each pair and cohort of a release. `release` is required."""

    contract = "gaps"
    serializer_class = serializers.GapRow
    filterset_class = GapFilter

    def get_queryset(self) -> QuerySet[Estimate]:
        rows = Estimate.objects.filter(release__in=published_releases(), subject_kind="pair", statistic="gap")
        return rows.select_related("release").order_by("id")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        gaps = self.filter_queryset(self.get_queryset())
        page = self.paginate_queryset(gaps)
        rows = list(gaps) if page is None else page
        data = self.get_serializer(rows, many=True, context={"parts": _pair_estimates(rows)}).data
        return Response(data) if page is None else self.get_paginated_response(data)


def _pair_estimates(rows: list[Estimate]) -> dict[tuple[str, str, str], Estimate]:
    estimates = Estimate.objects.filter(
        release__in={row.release_id for row in rows},
        subject_kind="pair",
        cohort__in={row.cohort for row in rows},
    )
    return {(row.subject, row.cohort, row.statistic): row for row in estimates}


@costly()
class Comparisons(ReadOnlyResource):
    """Numbers of a release compared with published figures, the rest, the earlier wave, outcomes and zero: differences,
    verdicts corrected for their family, and what is quoted. `release` is required."""

    contract = "comparisons"
    serializer_class = serializers.ComparisonRow
    filterset_class = ComparisonFilter

    def get_queryset(self) -> QuerySet[Comparison]:
        rows = Comparison.objects.filter(release__in=published_releases())
        return rows.select_related("release", "benchmark").order_by("id")


class Benchmarks(RetrieveModelMixin, ReadOnlyResource):
    """Published figures with wording, base, source and grade."""

    contract = "benchmarks"
    serializer_class = serializers.BenchmarkRow
    filterset_class = BenchmarkFilter
    lookup_field = "code"
    queryset = Benchmark.objects.order_by("id")


class Questionnaires(RetrieveModelMixin, ReadOnlyResource):
    """Versions of questionnaires; one of them with its whole definition."""

    contract = "questionnaires"
    lookup_field = "key"

    def get_queryset(self) -> QuerySet[Any]:
        return questionnaires()

    def get_serializer_class(self) -> Any:
        is_detail = self.action == "retrieve"
        return serializers.QuestionnaireDetail if is_detail else serializers.QuestionnaireRow

    def get_object(self) -> Any:
        questionnaire = questionnaire_by_key(str(self.kwargs["key"]))
        if questionnaire is None:
            raise Http404
        return questionnaire
