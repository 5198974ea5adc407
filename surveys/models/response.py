"""Responses and their answers: one row per item with its current state, and the history of versions.

Foreign keys to items and options have no index. Only the deletion of items and options would use one
(`surveys.fieldwork.questionnaire_loader` deletes few). Each write of answers would update an index page for each item
and each option.
"""

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q

from surveys.encryption.sealed_text import SealedTextField
from surveys.models.organization import same_owner
from surveys.models.questionnaire import Item, Option
from surveys.models.wave import Invitation
from surveys.tenancy.organization_scope import TenantManager, TenantQuerySet


class Response(models.Model):
    PERSONAL = ()
    OWNED_THROUGH = "invitation"

    invitation = models.OneToOneField(Invitation, models.CASCADE, related_name="response")
    organization = same_owner()
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the first answer was saved. From then on a link alone shows nothing.",
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    corrected_at = models.DateTimeField(
        null=True, blank=True, help_text="When an import last corrected submitted answers."
    )
    receipt = models.CharField(max_length=20, blank=True)
    source_row = models.CharField(
        max_length=100, blank=True, help_text="Where an imported response came from."
    )

    objects = TenantManager()

    class Meta:
        ordering = ["started_at"]
        indexes = [
            models.Index(fields=["submitted_at"], name="response_submitted"),
            models.Index(
                fields=["source_row"], condition=Q(source_row__gt=""), name="response_of_source_row"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["id", "organization"], name="response_of_organization"),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True) | Q(submitted_at__gte=F("started_at")),
                name="response_submitted_after_start",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True, receipt="")
                | Q(submitted_at__isnull=False) & ~Q(receipt=""),
                name="response_receipt_with_submission",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invitation} ({'submitted' if self.submitted_at else 'open'})"


class Answer(models.Model):
    """The current answer to one item: an option, a number, a text, or the selections of a multiple item.

    An item that was left open has no row.
    """

    PERSONAL = ("text",)
    OWNED_THROUGH = "response"

    response = models.ForeignKey(Response, models.CASCADE, related_name="answers", db_index=False)
    organization = same_owner()
    item = models.ForeignKey(Item, models.PROTECT, related_name="answers", db_index=False)
    option = models.ForeignKey(
        Option, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    number = models.PositiveIntegerField(null=True, blank=True)
    text = SealedTextField(blank=True)
    basis = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()

    objects = TenantManager()

    class Meta:
        ordering = ["response", "item"]
        constraints = [
            models.UniqueConstraint(fields=["id", "organization"], name="answer_of_organization"),
            models.UniqueConstraint(fields=["response", "item"], name="one_answer_for_an_item"),
            models.CheckConstraint(
                condition=Q(option__isnull=True) | Q(number__isnull=True), name="answer_option_or_number"
            ),
            models.CheckConstraint(
                condition=Q(number__isnull=True) | Q(text=""), name="answer_number_has_no_text"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="answer_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.item}: version {self.version}"


class Selection(models.Model):
    """A chosen option of a multiple item, with the text beside it if the option asks for one."""

    PERSONAL = ("text",)
    OWNED_THROUGH = "answer"

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="selections", db_index=False)
    organization = same_owner()
    option = models.ForeignKey(Option, models.PROTECT, related_name="+", db_index=False)
    text = SealedTextField(blank=True)

    objects = TenantManager()

    class Meta:
        ordering = ["answer", "option"]
        constraints = [models.UniqueConstraint(fields=["answer", "option"], name="option_selected_once")]

    def __str__(self) -> str:
        return str(self.option)


class AppendOnlyViolation(Exception):
    """Code tried to change or remove rows of the history."""


class AppendOnlyQuerySet(TenantQuerySet[Any]):
    """A queryset that only adds rows. Erasure alone removes them, by `erase` or with their response."""

    def update(self, **_: Any) -> int:
        raise AppendOnlyViolation

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnlyViolation

    def erase(self) -> int:
        return super().delete()[0]


class HistoryManager(TenantManager):
    _queryset_class = AppendOnlyQuerySet


class AnswerVersion(models.Model):
    """A version of an answer in the history.

    A version without options, number and text records that the answer was cleared. A refused row holds an answer
    whose sender had not seen the newest version; its `version` is the one that the sender had seen.
    """

    PERSONAL = ("text",)
    APPEND_ONLY = True
    OWNED_THROUGH = "response"

    response = models.ForeignKey(Response, models.CASCADE, related_name="answer_versions")
    organization = same_owner()
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", db_index=False)
    version = models.PositiveIntegerField()
    is_refused = models.BooleanField(default=False)
    options = models.TextField(blank=True, help_text="Option codes, separated by spaces.")
    number = models.PositiveIntegerField(null=True, blank=True)
    text = SealedTextField(blank=True)
    basis = models.CharField(max_length=40, blank=True)
    saved_at = models.DateTimeField()

    objects = HistoryManager()

    class Meta:
        ordering = ["response", "item", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["response", "item", "version"],
                condition=Q(is_refused=False),
                name="answer_version_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}: version {self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyViolation
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnlyViolation


class AnsweredRequest(models.Model):
    """The outcome of a request to save, so that a repetition gets the same outcome and has no second effect.

    `outcome` holds no text of the respondent; the value of a conflict is read from the history again.
    """

    PERSONAL = ()
    OWNED_THROUGH = "response"

    response = models.ForeignKey(Response, models.CASCADE, related_name="answered_requests")
    organization = same_owner()
    key = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, help_text="SHA-256 of item and body.")
    item = models.CharField(max_length=40)
    status = models.PositiveSmallIntegerField()
    outcome = models.TextField()
    answered_at = models.DateTimeField()

    objects = TenantManager()

    class Meta:
        ordering = ["answered_at"]
        indexes = [models.Index(fields=["answered_at"], name="answered_request_age")]
        constraints = [
            models.UniqueConstraint(fields=["response", "key"], name="one_outcome_for_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.status}"
