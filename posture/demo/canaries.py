"""Unique words (canaries) in every text column of every organisation, which detect a leak in any output.

The columns are found through the models. A column that holds words of the program, of a reviewed file, or a digest is
listed below. Any other column must hold a canary, otherwise `plant` reports it.
"""

from collections.abc import Iterator
from random import Random
from typing import Any

from django.apps import apps
from django.db import models

PREFIX = "cnry"
DIGITS = 12
INSTALLATION = "installation"
PATH_LENGTH = 4

# Tables loaded from reviewed files, computed from answers without free text, or used by a library internally.
EXCLUDED_TABLES = {
    "admin", "contenttypes", "sessions", "auth.Permission", "auth.Group", "socialaccount", "usersessions",
    "account.EmailConfirmation", "surveys.SecurityCount", "surveys.Process",
    "surveys.Questionnaire", "surveys.Section", "surveys.Item", "surveys.Option", "surveys.Limit", "surveys.LookupKey",
    "surveys.SealingKey", "surveys.AuditChain", "surveys.Erasure", "surveys.RetentionReport", "surveys.AnsweredRequest",
    "surveys.RespondentSession", "surveys.MailedCode", "posture.Benchmark", "posture.Estimate", "posture.Pack",
    "surveys.ImportRun", "surveys.ImportRemark",
    "posture.OrganizationStanding", "posture.WeightDiagnostics", "posture.TargetCount", "posture.ReleasedCut",
    "posture.Comparison", "posture.QuotedBenchmark", "posture.Document",
}  # fmt: skip
# Codes, generated addresses and states; also every column whose name contains hash or digest.
DIGESTS = ("hash", "digest")
EXCLUDED_COLUMNS = {
    "auth.User.password", "auth.User.username", "surveys.Invitation.role", "surveys.Response.receipt",
    "surveys.Answer.basis", "surveys.AnswerVersion.options", "surveys.AnswerVersion.basis",
    "surveys.AuditEntry.action", "surveys.AuditEntry.actor", "surveys.AuditEntry.about",
    "surveys.AuditEntry.previous", "surveys.Job.key", "surveys.Job.kind", "surveys.Job.payload_json",
    "surveys.Job.sealed", "surveys.Job.leased_by", "surveys.Job.reason", "surveys.Wave.slug",
    "surveys.ReportFile.cohort", "surveys.ReportFile.format", "surveys.ReportFile.content",
    "posture.SavedView.questionnaire", "posture.SavedView.address", "posture.Release.slug", "posture.Release.title",
    "posture.Release.cuts", "posture.Release.withdrawn_reason", "posture.Release.stage", "posture.Release.failure",
    "posture.Release.methods_version", "posture.ApiToken.prefix", "posture.ApiToken.scopes",
}  # fmt: skip
Column = models.CharField | models.TextField


class Canaries:
    """`words` by the slug of their organisation; words that belong to no organisation are listed under
    `installation`."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.words: dict[str, list[str]] = {}

    def create(self, owner: str) -> str:
        canary = f"{PREFIX}{self.random.getrandbits(4 * DIGITS):0{DIGITS}x}"
        self.words.setdefault(owner, []).append(canary)
        return canary

    def has_canary(self, owner: str, text: object) -> bool:
        return any(canary in str(text) for canary in self.words.get(owner, ()))


def text_columns() -> Iterator[tuple[type[models.Model], Column]]:
    for model in apps.get_models():
        if model._meta.app_label in EXCLUDED_TABLES or model._meta.label in EXCLUDED_TABLES:
            continue
        for field in model._meta.concrete_fields:
            name = f"{model._meta.label}.{field.name}"
            if isinstance(field, Column) and not (
                field.choices or name in EXCLUDED_COLUMNS or name.endswith(DIGESTS)
            ):
                yield model, field


def plant_canaries(canaries: Canaries, owner_of_person: dict[int, str], slugs: dict[int, str]) -> list[str]:
    """Adds a canary to columns without one, for each owner. Returns the columns that then still lack one."""
    missing = []
    for model, field in text_columns():
        rows: dict[str, list[Any]] = {}
        for row in model._default_manager.all():
            rows.setdefault(_owner(row, owner_of_person, slugs), []).append(row)
        for owner, owner_rows in rows.items():
            has_canary = any(canaries.has_canary(owner, getattr(row, field.name)) for row in owner_rows)
            if not has_canary and not getattr(model, "APPEND_ONLY", False):
                setattr(owner_rows[0], field.name, _value_for(field, canaries.create(owner)))
                owner_rows[0].save(update_fields=[field.name])
                has_canary = True
            if not has_canary:
                missing.append(f"{model._meta.label}.{field.name} of {owner}")
        if not rows:
            missing.append(f"{model._meta.label}.{field.name}")
    return missing


def _value_for(field: Column, canary: str) -> str:
    if isinstance(field, models.EmailField):
        return f"{canary}@canary.example"
    return f"https://{canary}.example/" if isinstance(field, models.URLField) else canary


def _owner(row: Any, owner_of_person: dict[int, str], slugs: dict[int, str]) -> str:
    """Returns the organisation that the row belongs to, found by any relation that leads to one."""
    for path in _paths(type(row)):
        target = row
        for name in path:
            target = getattr(target, name, None)
        if target is not None:
            owners = slugs if target._meta.model_name == "organization" else owner_of_person
            return owners.get(target.pk, INSTALLATION)
    return INSTALLATION


def _paths(model: type[models.Model]) -> Iterator[tuple[str, ...]]:
    """Returns paths of relations, the shortest first, organisations before people."""
    queue: list[tuple[type[models.Model], tuple[str, ...]]] = [(model, ())]
    paths: list[tuple[bool, tuple[str, ...]]] = []
    for current, path in queue:
        if current._meta.model_name in ("organization", "user"):
            paths.append((current._meta.model_name == "user", path))
        elif len(path) < PATH_LENGTH:
            for name, target in _relations(current):
                queue.append((target, (*path, name)))
    yield from (path for _, path in sorted(paths))


def _relations(model: type[models.Model]) -> Iterator[tuple[str, type[models.Model]]]:
    for field in model._meta.concrete_fields:
        if field.is_relation and isinstance(field.related_model, type):
            yield field.name, field.related_model
