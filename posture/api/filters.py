"""What can be asked of the estimates of one release."""

import django_filters

from posture.models import Benchmark, Estimate


class EstimateFilter(django_filters.FilterSet):
    release = django_filters.CharFilter(field_name="release__slug", required=True)
    subject_kind = django_filters.ChoiceFilter(
        choices=[(kind, kind) for kind in ("item", "indicator", "pair")]
    )

    class Meta:
        model = Estimate
        fields = ["release", "subject_kind", "subject", "statistic", "option", "cohort", "status"]


class GapFilter(django_filters.FilterSet):
    release = django_filters.CharFilter(field_name="release__slug", required=True)
    pair = django_filters.CharFilter(field_name="subject")

    class Meta:
        model = Estimate
        fields = ["release", "pair", "cohort", "status"]


class BenchmarkFilter(django_filters.FilterSet):
    class Meta:
        model = Benchmark
        fields = ["grade", "unit", "disputed", "family", "source"]
