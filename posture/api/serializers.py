"""Rows of the API. Their columns are those of contract.json; a test compares."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from posture.models import Benchmark, Comparison, Estimate, Release
from posture.models.number_address import absolute_address

GAP_PARTS = (
    "belief",
    "evidence",
    "gap",
    "over",
    "aligned",
    "under",
    "no_evidence",
    "belief_dont_know",
    "evidence_dont_know",
)


class StatedText(serializers.CharField):
    """Of the statement that is kept with the release; empty where there is none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"default": "", **options})


class StatedCount(serializers.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{"default": None, "allow_null": True, **options})


class StatedTime(serializers.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{"default": None, "allow_null": True, **options})


class ReleaseRow(serializers.ModelSerializer[Release]):
    wave = serializers.CharField(source="wave.slug")
    questionnaire = serializers.CharField(source="wave.questionnaire.key")
    is_synthetic = serializers.BooleanField(source="wave.is_synthetic")
    targets = serializers.CharField(source="targets.code", allow_null=True, default=None)
    follows = serializers.CharField(source="follows.slug", allow_null=True, default=None)
    sponsor = StatedText(source="statement.sponsor")
    conducted_by = StatedText(source="statement.conducted_by")
    population = StatedText(source="statement.population")
    population_size = StatedCount(source="statement.population_size")
    frame = StatedText(source="statement.frame")
    sampling = StatedText(source="statement.sampling")
    recruitment = StatedText(source="statement.recruitment")
    mode = StatedText(source="statement.mode")
    language = StatedText(source="statement.language")
    first_invited_at = StatedTime(source="statement.first_invited_at")
    opens_at = StatedTime(source="statement.opens_at")
    closes_at = StatedTime(source="statement.closes_at")
    organizations_invited = StatedCount(source="statement.organizations_invited")
    organizations_opened = StatedCount(source="statement.organizations_opened")
    organizations_submitted = StatedCount(source="statement.organizations_submitted")
    returns = serializers.ListField(source="statement.returns", default=list)

    class Meta:
        model = Release
        fields = [
            "slug",
            "title",
            "wave",
            "questionnaire",
            "status",
            "is_synthetic",
            "targets",
            "weighting",
            "follows",
            "finite_population",
            "threshold",
            "level",
            "organizations",
            "responses",
            "sponsor",
            "conducted_by",
            "population",
            "population_size",
            "frame",
            "sampling",
            "recruitment",
            "mode",
            "language",
            "first_invited_at",
            "opens_at",
            "closes_at",
            "organizations_invited",
            "organizations_opened",
            "organizations_submitted",
            "returns",
            "computed_at",
            "compared_at",
            "compared_later",
            "published_at",
            "definitions_digest",
            "methods_version",
            "data_digest",
        ]


class EstimateRow(serializers.ModelSerializer[Estimate]):
    release = serializers.CharField(source="release.slug")
    receipt = serializers.SerializerMethodField()

    def get_receipt(self, row: Estimate) -> str:
        return absolute_address(row.get_absolute_url())

    class Meta:
        model = Estimate
        fields = [
            "release",
            "subject_kind",
            "subject",
            "statistic",
            "option",
            "cohort",
            "unit",
            "base",
            "weighted_base",
            "effective_base",
            "design_effect",
            "value",
            "unweighted_value",
            "bound",
            "se",
            "ci_low",
            "ci_high",
            "p_value",
            "level",
            "method",
            "status",
            "receipt",
        ]


class GapRow(serializers.Serializer[Estimate]):
    """One pair in one cohort; `parts` in the context holds its other estimates."""

    release = serializers.CharField(source="release.slug")
    pair = serializers.CharField(source="subject")
    cohort = serializers.CharField()
    unit = serializers.CharField()
    base = serializers.IntegerField(allow_null=True)
    belief = serializers.FloatField(allow_null=True)
    evidence = serializers.FloatField(allow_null=True)
    gap = serializers.FloatField(allow_null=True)
    gap_ci_low = serializers.FloatField(allow_null=True)
    gap_ci_high = serializers.FloatField(allow_null=True)
    types_base = serializers.IntegerField(allow_null=True)
    over = serializers.FloatField(allow_null=True)
    aligned = serializers.FloatField(allow_null=True)
    under = serializers.FloatField(allow_null=True)
    no_evidence = serializers.FloatField(allow_null=True)
    belief_dont_know = serializers.FloatField(allow_null=True)
    evidence_dont_know = serializers.FloatField(allow_null=True)
    belief_bound = serializers.CharField()
    evidence_bound = serializers.CharField()
    gap_bound = serializers.CharField()
    over_bound = serializers.CharField()
    aligned_bound = serializers.CharField()
    under_bound = serializers.CharField()
    no_evidence_bound = serializers.CharField()
    belief_dont_know_bound = serializers.CharField()
    evidence_dont_know_bound = serializers.CharField()
    level = serializers.FloatField()
    method = serializers.CharField()
    status = serializers.CharField()
    receipt = serializers.CharField()

    def to_representation(self, instance: Estimate) -> dict[str, Any]:
        estimates: Mapping[tuple[str, str, str], Estimate] = self.context["parts"]

        def pair_estimate(statistic: str) -> Estimate | None:
            return estimates.get((instance.subject, instance.cohort, statistic))

        over_estimate = pair_estimate("over")
        values = {name: estimate.value if (estimate := pair_estimate(name)) else None for name in GAP_PARTS}
        return {
            "release": instance.release.slug,
            "pair": instance.subject,
            "cohort": instance.cohort,
            "unit": instance.unit,
            "base": instance.base,
            "belief": values["belief"],
            "evidence": values["evidence"],
            "gap": instance.value,
            "gap_ci_low": instance.ci_low,
            "gap_ci_high": instance.ci_high,
            "types_base": over_estimate.base if over_estimate else None,
            **{name: values[name] for name in GAP_PARTS[3:]},
            **{
                f"{name}_bound": estimate.bound if (estimate := pair_estimate(name)) else ""
                for name in GAP_PARTS
            },
            "level": instance.level,
            "method": instance.method,
            "status": instance.status,
            "receipt": absolute_address(instance.get_absolute_url()),
        }


class ComparisonRow(serializers.ModelSerializer[Comparison]):
    """The columns of the benchmark are empty where something else is compared with."""

    release = serializers.CharField(source="release.slug")
    receipt = serializers.SerializerMethodField()
    benchmark = serializers.CharField(source="benchmark.code", allow_null=True, default=None)
    benchmark_value = serializers.FloatField(source="benchmark.value", allow_null=True, default=None)
    benchmark_decimals = serializers.IntegerField(source="benchmark.decimals", allow_null=True, default=None)
    benchmark_relation = serializers.CharField(source="benchmark.relation", allow_null=True, default=None)
    benchmark_unit = serializers.CharField(source="benchmark.unit", allow_null=True, default=None)
    benchmark_wording = serializers.CharField(source="benchmark.wording", allow_null=True, default=None)
    benchmark_base = serializers.CharField(source="benchmark.base", allow_null=True, default=None)
    benchmark_n = serializers.IntegerField(source="benchmark.n", allow_null=True, default=None)
    benchmark_n_smallest = serializers.IntegerField(
        source="benchmark.n_smallest", allow_null=True, default=None
    )
    benchmark_n_note = serializers.CharField(source="benchmark.n_note", allow_null=True, default=None)
    benchmark_population = serializers.CharField(source="benchmark.population", allow_null=True, default=None)
    benchmark_fieldwork = serializers.CharField(source="benchmark.fieldwork", allow_null=True, default=None)
    benchmark_publisher = serializers.CharField(source="benchmark.publisher", allow_null=True, default=None)
    benchmark_publication = serializers.CharField(
        source="benchmark.publication", allow_null=True, default=None
    )
    benchmark_published = serializers.CharField(source="benchmark.published", allow_null=True, default=None)
    benchmark_url = serializers.CharField(source="benchmark.url", allow_null=True, default=None)
    benchmark_url_note = serializers.CharField(source="benchmark.url_note", allow_null=True, default=None)
    benchmark_grade = serializers.CharField(source="benchmark.grade", allow_null=True, default=None)
    benchmark_disputed = serializers.BooleanField(source="benchmark.disputed", allow_null=True, default=None)

    def get_receipt(self, row: Comparison) -> str:
        return absolute_address(row.get_absolute_url())

    class Meta:
        model = Comparison
        fields = [
            "release",
            "compared_with",
            "subject_kind",
            "subject",
            "statistic",
            "cohort",
            "unit",
            "difference",
            "ci_low",
            "ci_high",
            "p_value",
            "p_adjusted",
            "correction",
            "family_size",
            "level",
            "verdict",
            "reason",
            "breaks",
            "by_less_than_margin",
            "composition",
            "closeness",
            "caveat",
            "base_is_known",
            "tipping_base",
            "flips",
            "depends_on_design",
            "benchmark",
            "benchmark_value",
            "benchmark_decimals",
            "benchmark_relation",
            "benchmark_unit",
            "benchmark_wording",
            "benchmark_base",
            "benchmark_n",
            "benchmark_n_smallest",
            "benchmark_n_note",
            "benchmark_population",
            "benchmark_fieldwork",
            "benchmark_publisher",
            "benchmark_publication",
            "benchmark_published",
            "benchmark_url",
            "benchmark_url_note",
            "benchmark_grade",
            "benchmark_disputed",
            "receipt",
        ]


class BenchmarkRow(serializers.ModelSerializer[Benchmark]):
    value = serializers.FloatField()

    class Meta:
        model = Benchmark
        fields = [
            "code",
            "value",
            "decimals",
            "relation",
            "unit",
            "wording",
            "base",
            "n",
            "n_smallest",
            "n_note",
            "population",
            "fieldwork",
            "publisher",
            "publication",
            "published",
            "url",
            "url_note",
            "grade",
            "disputed",
            "superseded_by",
            "family",
            "counts",
            "remark",
        ]


class QuestionnaireRow(serializers.Serializer[Any]):
    key = serializers.CharField()
    slug = serializers.CharField()
    version = serializers.CharField()
    title = serializers.CharField()
    unit = serializers.CharField(source="definition.unit")
    items = serializers.SerializerMethodField()
    pairs = serializers.SerializerMethodField()
    licence = serializers.CharField(source="definition.licence")
    reviewed_on = serializers.DateField(source="definition.reviewed_on")

    def get_items(self, row: Any) -> int:
        return len(row.definition.items)

    def get_pairs(self, row: Any) -> int:
        return len(row.definition.pairs)


class QuestionnaireDetail(QuestionnaireRow):
    definition = serializers.SerializerMethodField()

    def get_definition(self, row: Any) -> dict[str, Any]:
        """Everything of the reviewed file: sections, items, options, pairs, frameworks, sources."""
        return dict(row.definition.model_dump(mode="json"))
