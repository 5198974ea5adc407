"""Waves and their invitations."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as lazy

from surveys.encryption.sealed_text import SealedTextField
from surveys.models.organization import Organization
from surveys.models.questionnaire import Questionnaire
from surveys.tenancy.organization_scope import TenantManager

HASH_LENGTH = 64


class Wave(models.Model):
    """One fieldwork period of one questionnaire. `closed_at` is set if an analyst ends it before `closes_at`.

    The last fields are the statement of the wave: facts that publishers disclose and no program can know. Each
    release keeps its own copy.
    """

    PERSONAL = ()

    class Sampling(models.TextChoices):
        NOT_STATED = "", lazy("Not stated")
        CENSUS = "census", lazy("Every organisation of the frame was invited")
        PROBABILITY = "probability", lazy("A random sample of the frame was invited")
        OPT_IN = "opt_in", lazy("Organisations volunteered, or were chosen without a random draw")

    questionnaire = models.ForeignKey(Questionnaire, models.PROTECT, related_name="waves")
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    is_synthetic = models.BooleanField(default=False)
    asks_code = models.BooleanField(
        default=False, help_text="Every device needs a mailed code, also before the first answer."
    )
    keep_months = models.PositiveSmallIntegerField(
        default=24, db_default=24, help_text="How long after it closed invitations and answers are kept."
    )
    is_on_hold = models.BooleanField(
        default=False, db_default=False, help_text="Nothing of it is removed by retention while this stands."
    )

    sponsor = models.CharField(max_length=300, blank=True, default="", db_default="")
    conducted_by = models.CharField(max_length=300, blank=True, default="", db_default="")
    population = models.CharField(max_length=500, blank=True, default="", db_default="")
    population_size = models.PositiveIntegerField(null=True, blank=True)
    frame = models.CharField(max_length=500, blank=True, default="", db_default="")
    sampling = models.CharField(
        max_length=20, choices=Sampling.choices, blank=True, default=Sampling.NOT_STATED, db_default=""
    )
    recruitment = models.CharField(max_length=500, blank=True, default="", db_default="")
    mode = models.CharField(max_length=300, blank=True, default="", db_default="")
    language = models.CharField(max_length=100, blank=True, default="", db_default="")
    eligible_percent = models.FloatField(
        null=True,
        blank=True,
        help_text="Of invitations that were never opened: how many percent are thought to be eligible.",
    )
    eligible_source = models.CharField(max_length=300, blank=True, default="", db_default="")

    class Meta:
        ordering = ["-opens_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="wave_closes_after_it_opens"
            ),
            models.CheckConstraint(condition=Q(keep_months__gte=1), name="wave_is_kept_a_month"),
            models.CheckConstraint(
                condition=Q(eligible_percent__isnull=True)
                | Q(eligible_percent__gte=0, eligible_percent__lte=100),
                name="wave_eligible_percent_is_a_percent",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_open(self, at: datetime) -> bool:
        return self.closed_at is None and self.opens_at <= at < self.closes_at


class Invitation(models.Model):
    """A request to one organisation to answer in one wave and one role. The token itself is never stored."""

    PERSONAL = ("address", "address_digest")

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="invitations")
    wave = models.ForeignKey(Wave, models.PROTECT, related_name="invitations")
    role = models.CharField(max_length=40)
    address = SealedTextField(blank=True, help_text="Empty for imported responses.")
    address_digest = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="Keyed; recognises one person in two roles.",
    )
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager()

    class Meta:
        ordering = ["organization", "role"]
        constraints = [
            models.UniqueConstraint(fields=["id", "organization"], name="invitation_of_organization"),
            models.UniqueConstraint(
                fields=["organization", "wave", "role"],
                condition=Q(revoked_at__isnull=True),
                name="one_informant_for_a_role",
            ),
            models.CheckConstraint(
                condition=Exact(Length("token_hash"), HASH_LENGTH), name="token_stored_as_hash"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization}, {self.role}"

    @property
    def role_label(self) -> str:
        return self.wave.questionnaire.definition.role(self.role).label

    def is_usable(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at
