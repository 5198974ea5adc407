"""Comparisons of a release, computed with it: the compared number, the difference, and the verdict of its family."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as lazy

from posture.models.benchmark import PublishedFigure
from posture.models.number_address import number_address
from posture.models.release import Release


class QuotedBenchmark(PublishedFigure):
    """A benchmark as it was when the comparisons of a release were computed. Later revisions do not change it."""

    PERSONAL = ()

    release = models.ForeignKey(Release, models.CASCADE, related_name="quoted_benchmarks")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["release", "code"], name="benchmark_quoted_once"),
        ]


class Comparison(models.Model):
    """One number of the release compared with another number, and the verdict about the difference.

    The number is the estimate with the same cohort, subject and statistic. A comparison has either a verdict or the
    reason why there is none.
    """

    PERSONAL = ()

    class ComparedWith(models.TextChoices):
        BENCHMARK = "benchmark", lazy("A published figure")
        REST = "rest", lazy("All other organisations")
        EARLIER_WAVE = "earlier_wave", lazy("The same number of the release that it follows")
        ZERO = "zero", lazy("No gap between belief and evidence")

    class Verdict(models.TextChoices):
        HIGHER = "higher"
        LOWER = "lower"
        ABOUT_THE_SAME = "about_the_same"
        NO_CLEAR_DIFFERENCE = "no_clear_difference"
        NOT_CLEAR_TOGETHER = "not_clear_together"
        REPRODUCED = "reproduced"
        REPRODUCED_CUT = "reproduced_cut"
        NOT_REPRODUCED = "not_reproduced"

    class Reason(models.TextChoices):
        WITHHELD = "withheld"
        TOLD_AS_RANGE = "told_as_range"
        NOT_LIKE_FOR_LIKE = "not_like_for_like"
        SMALL_BASE = "small_base"
        SPREAD_UNKNOWN = "spread_unknown"
        MUCH_NONRESPONSE = "much_nonresponse"
        BREAK = "break"

    class Composition(models.TextChoices):
        """How the change of the matched panel and the change of all organisations disagree."""

        OPPOSITE = "opposite"
        CLEAR_IN_ALL = "clear_in_all"
        CLEAR_IN_PANEL = "clear_in_panel"

    release = models.ForeignKey(Release, models.CASCADE, related_name="comparisons")
    compared_with = models.CharField(max_length=12, choices=ComparedWith.choices)
    cohort = models.CharField(max_length=160)
    subject_kind = models.CharField(max_length=12)
    subject = models.CharField(max_length=80)
    statistic = models.CharField(max_length=30)
    benchmark = models.ForeignKey(
        QuotedBenchmark, models.CASCADE, null=True, blank=True, related_name="comparisons"
    )
    closeness = models.CharField(max_length=10, blank=True)
    caveat = models.TextField(blank=True)
    unit = models.CharField(max_length=12, blank=True)
    level = models.FloatField()
    difference = models.FloatField(null=True)
    ci_low = models.FloatField(null=True)
    ci_high = models.FloatField(null=True)
    p_value = models.FloatField(null=True)
    p_adjusted = models.FloatField(null=True)
    correction = models.CharField(max_length=4)
    family_size = models.PositiveIntegerField()
    verdict = models.CharField(max_length=20, choices=Verdict.choices, blank=True)
    reason = models.CharField(max_length=20, choices=Reason.choices, blank=True)
    breaks = models.TextField(blank=True)
    by_less_than_margin = models.BooleanField(default=False)
    base_is_known = models.BooleanField(default=True)
    tipping_base = models.PositiveIntegerField(null=True)
    flips = models.BooleanField(default=False)
    depends_on_design = models.BooleanField(default=False)
    composition = models.CharField(max_length=16, choices=Composition.choices, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["release", "compared_with", "cohort"], name="comparison_lookup"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "release",
                    "compared_with",
                    "subject_kind",
                    "subject",
                    "statistic",
                    "cohort",
                    "benchmark",
                ],
                name="comparison_once",
            ),
            models.UniqueConstraint(
                fields=["release", "compared_with", "subject_kind", "subject", "statistic", "cohort"],
                condition=Q(benchmark__isnull=True),
                name="comparison_without_benchmark_once",
            ),
            models.CheckConstraint(
                condition=Q(compared_with="benchmark", benchmark__isnull=False)
                | (~Q(compared_with="benchmark") & Q(benchmark__isnull=True)),
                name="comparison_quotes_its_benchmark",
            ),
            models.CheckConstraint(
                condition=(Q(verdict="") & ~Q(reason="")) | (~Q(verdict="") & Q(reason="")),
                name="comparison_has_a_verdict_or_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(reason__in=["withheld", "break"])
                | Q(
                    difference__isnull=True,
                    ci_low__isnull=True,
                    ci_high__isnull=True,
                    p_value__isnull=True,
                    p_adjusted__isnull=True,
                    tipping_base__isnull=True,
                ),
                name="withheld_comparisons_are_empty",
            ),
            models.CheckConstraint(
                condition=Q(ci_low__isnull=True, ci_high__isnull=True) | Q(ci_low__lte=F("ci_high")),
                name="comparison_interval_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.statistic} {self.cohort} and {self.compared_with} {self.benchmark_id or ''}"

    def get_absolute_url(self) -> str:
        """Returns the address of the compared number."""
        key = (self.subject_kind, self.subject, self.statistic, "", self.cohort)
        return number_address(self.release.slug, key)

    @property
    def outcome(self) -> Any:
        """Returns the verdict, or the reason why there is none."""
        return self.verdict or self.reason
