"""What can be asked of the estimates of one release."""

import django_filters

from posture.models import Benchmark, Comparison, Estimate
from posture.releases.queries import published_releases


def published_release() -> django_filters.ModelChoiceFilter:
    return django_filters.ModelChoiceFilter(
        queryset=lambda _: published_releases(),
        to_field_name="slug",
        required=True,
        error_messages={
            "required": "Expected ?release= with the slug of a published release.",
            "invalid_choice": "No published release has this slug; /api/v1/releases/ lists them.",
        },
    )


class EstimateFilter(django_filters.FilterSet):
    release = published_release()
    subject_kind = django_filters.ChoiceFilter(
        choices=[(kind, kind) for kind in ("item", "indicator", "pair", "score")]
    )

    class Meta:
        model = Estimate
        fields = ["release", "subject_kind", "subject", "statistic", "option", "cohort", "status"]


class GapFilter(django_filters.FilterSet):
    release = published_release()
    pair = django_filters.CharFilter(field_name="subject")

    class Meta:
        model = Estimate
        fields = ["release", "pair", "cohort", "status"]


class ComparisonFilter(django_filters.FilterSet):
    release = published_release()
    benchmark = django_filters.CharFilter(field_name="benchmark__code")

    class Meta:
        model = Comparison
        fields = [
            "release",
            "compared_with",
            "subject_kind",
            "subject",
            "statistic",
            "cohort",
            "verdict",
            "reason",
            "benchmark",
        ]


class BenchmarkFilter(django_filters.FilterSet):
    class Meta:
        model = Benchmark
        fields = ["grade", "unit", "disputed", "family", "source"]
