"""A release: one frozen computation of a wave, and the table of all its numbers."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as lazy

from posture.analysis.estimates.rows import identity
from posture.methods.weighting import BOUNDS
from posture.models.number_address import number_address
from posture.models.targets import TargetSet


class Release(models.Model):
    PERSONAL = ()

    class Status(models.TextChoices):
        WAITING = "waiting"
        COMPUTING = "computing"
        FAILED = "failed"
        DRAFT = "draft"
        PUBLISHED = "published"
        WITHDRAWN = "withdrawn"

    COMPLETE = (Status.DRAFT, Status.PUBLISHED, Status.WITHDRAWN)

    class Weighting(models.TextChoices):
        RAKING = "raking", lazy("All dimensions, by raking within bounds")
        TRIMMED = "raking_trimmed", lazy("All dimensions, by raking, trimming and raking again")
        POSTSTRATIFICATION = "poststratification", lazy("One dimension, by post-stratification")

    wave = models.ForeignKey("surveys.Wave", models.PROTECT, related_name="releases")
    slug = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.WAITING)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    follows = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followed_by")
    targets = models.ForeignKey(TargetSet, models.PROTECT, null=True, blank=True, related_name="releases")
    weighting = models.CharField(max_length=20, choices=Weighting.choices, blank=True)
    lowest_weight = models.FloatField(default=BOUNDS[0])
    highest_weight = models.FloatField(default=BOUNDS[1])
    threshold = models.PositiveSmallIntegerField()
    cuts = models.CharField(
        max_length=200, blank=True, help_text="Crossed dimensions, joined by +, separated by spaces."
    )
    level = models.FloatField(default=0.95)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    computed_at = models.DateTimeField(null=True, blank=True)
    compared_at = models.DateTimeField(
        null=True, blank=True, help_text="When its comparisons were computed; empty where it has none."
    )
    compared_later = models.BooleanField(
        default=False,
        help_text="Whether they were computed with definitions of a later day than its numbers.",
    )
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    stage = models.CharField(max_length=100, blank=True)
    failure = models.TextField(blank=True)
    methods_version = models.CharField(max_length=20, blank=True)
    definitions_digest = models.CharField(max_length=64, blank=True)
    data_digest = models.CharField(max_length=64, blank=True)
    finite_population = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Organisations of the frame, where standard errors and intervals are corrected for it.",
    )
    statement = models.JSONField(
        default=dict,
        blank=True,
        help_text="How the wave was conducted, as posture.releases.conduct_statement describes it.",
    )
    suppression = models.JSONField(
        default=dict,
        blank=True,
        help_text="What suppression cost, as posture.analysis.disclosure.suppression_cost describes it.",
    )
    answers = models.CharField(
        max_length=100,
        blank=True,
        help_text="Which answers it was computed from, in the words of posture.microdata.version.",
    )
    organizations = models.PositiveIntegerField(null=True, blank=True)
    responses = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-requested_at"]
        constraints = [
            models.CheckConstraint(condition=Q(threshold__gte=5), name="release_threshold_not_below_five"),
            models.CheckConstraint(
                condition=~Q(status__in=["published", "withdrawn"])
                | Q(published_at__isnull=False) & ~Q(data_digest="") & ~Q(definitions_digest=""),
                name="release_published_with_digests",
            ),
            models.CheckConstraint(
                condition=~Q(status="withdrawn") | ~Q(withdrawn_reason=""),
                name="release_withdrawn_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(targets__isnull=True, weighting="") | Q(targets__isnull=False) & ~Q(weighting=""),
                name="release_weighted_by_targets_only",
            ),
            models.CheckConstraint(
                condition=Q(lowest_weight__gte=0, lowest_weight__lt=1, highest_weight__gt=1),
                name="release_weight_bounds_around_one",
            ),
            models.CheckConstraint(
                condition=Q(finite_population__isnull=True) | Q(targets__isnull=True),
                name="release_corrected_or_weighted",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("posture:release", kwargs={"slug": self.slug})

    @property
    def is_complete(self) -> bool:
        """Returns False while the numbers are being written; until then no reader sees any of them."""
        return self.status in self.COMPLETE

    @property
    def is_public(self) -> bool:
        return self.status in (self.Status.PUBLISHED, self.Status.WITHDRAWN)


class Pack(models.Model):
    """The pack file, with which a reader derives the derived numbers of a release again. It is stored as it was
    built, so that its digest is valid for as long as its address."""

    PERSONAL = ()

    release = models.OneToOneField(Release, models.CASCADE, primary_key=True, related_name="pack")
    content = models.BinaryField()
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.release_id} {self.digest}"


class Estimate(models.Model):
    """One published number. A suppressed row has no base, value or limits, so it cannot leak them."""

    PERSONAL = ()

    class Status(models.TextChoices):
        PUBLISHED = "published"
        SUPPRESSED = "suppressed"

    class Bound(models.TextChoices):
        """A value shown as "at most" or "at least", because the exact value would reveal the same answer of all
        organisations."""

        AT_MOST = "at_most"
        AT_LEAST = "at_least"

    release = models.ForeignKey(Release, models.CASCADE, related_name="estimates")
    subject_kind = models.CharField(max_length=12)
    subject = models.CharField(max_length=80)
    statistic = models.CharField(max_length=30)
    option = models.CharField(max_length=80, blank=True)
    cohort = models.CharField(max_length=160)
    unit = models.CharField(max_length=12)
    base = models.PositiveIntegerField(null=True)
    weighted_base = models.FloatField(null=True)
    effective_base = models.FloatField(null=True)
    design_effect = models.FloatField(null=True)
    value = models.FloatField(null=True)
    unweighted_value = models.FloatField(null=True)
    bound = models.CharField(max_length=10, choices=Bound.choices, blank=True)
    se = models.FloatField(null=True)
    ci_low = models.FloatField(null=True)
    ci_high = models.FloatField(null=True)
    p_value = models.FloatField(null=True)
    level = models.FloatField()
    method = models.CharField(max_length=40)
    status = models.CharField(max_length=12, choices=Status.choices)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["release", "cohort", "subject_kind", "subject"], name="estimate_lookup")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "subject_kind", "subject", "statistic", "option", "cohort"],
                name="estimate_once",
            ),
            models.CheckConstraint(
                condition=Q(status="published", base__isnull=False)
                | Q(
                    status="suppressed",
                    base__isnull=True,
                    weighted_base__isnull=True,
                    effective_base__isnull=True,
                    design_effect__isnull=True,
                    bound="",
                    value__isnull=True,
                    unweighted_value__isnull=True,
                    se__isnull=True,
                    ci_low__isnull=True,
                    ci_high__isnull=True,
                    p_value__isnull=True,
                ),
                name="suppressed_rows_are_empty",
            ),
            models.CheckConstraint(
                condition=Q(ci_low__isnull=True, ci_high__isnull=True) | Q(ci_low__lte=F("ci_high")),
                name="interval_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.statistic} {self.option} {self.cohort}"

    def get_absolute_url(self) -> str:
        return number_address(self.release.slug, identity(self))
