"""Describes what a request changes: added, removed and changed rows, without values that are new each time."""

import re
from collections import Counter
from typing import Any

from allauth.usersessions.models import UserSession
from django.apps import apps
from django.db import models

# Rows that the infrastructure keeps for itself: sessions, counts of attempts, keys, jobs with their own keys.
EXCLUDED_MODELS = {
    "sessions.Session", "surveys.Limit", "surveys.SealingKey", "surveys.LookupKey", "surveys.AuditChain",
    "surveys.SecurityCount", "contenttypes.ContentType", "auth.Permission", "posture.Estimate", "posture.Benchmark",
    "surveys.Questionnaire", "surveys.Item", "surveys.Option", "surveys.Section",
    "posture.Pack", "posture.Comparison", "posture.QuotedBenchmark", "posture.Document",
}  # fmt: skip
ATTEMPTS = "tries"
NEW_EACH_TIME = (
    "hash",
    "digest",
    "key",
    "prefix",
    "previous",
    "receipt",
    "public_id",
    "secret",
    "sealed",
    "password",
    "sequence",
    ATTEMPTS,
)
# Keys, codes and times that are new inside a longer text. A token is one from its first character to its last, also if
# it has a dash before its first digit; a slug has no capital letter.
RANDOM_VALUES = re.compile(
    r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{16,}|(?<=person )\d+|\d{4}-\d\d-\d\dT[\d:.]+"
    r"|\b[0-9A-F]{5}-[0-9A-F]{5}\b|\b(?=\w*\d)[A-Za-z0-9_-]{16,}\b|\b[0-9a-f]{8}\b"
)
Row = tuple[str, tuple[Any, ...]]
Rows = Counter[Row]
# By model and key: the fields that is_compared excludes.
ExcludedValues = dict[tuple[str, Any], dict[str, Any]]


def project_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.label not in EXCLUDED_MODELS]


def is_compared(field: models.Field) -> bool:
    is_moment = isinstance(
        field, models.DateTimeField | models.DateField | models.BinaryField | models.JSONField
    )
    return not is_moment and not field.name.endswith(NEW_EACH_TIME)


def rows(highest_keys: dict[str, int], excluded_before: ExcludedValues | None = None) -> Rows:
    """Returns the rows of each model. `highest_keys` has the highest key of each model from before. Rows with a
    higher key count as new, without their number, because databases do not reuse numbers. With `excluded_before`,
    the excluded fields are compared with it."""
    counts: Rows = Counter()
    for model in project_models():
        fields = [field for field in model._meta.concrete_fields if is_compared(field)]
        for row in model._default_manager.all():
            if _is_session_of_suspended_person(row, highest_keys):
                continue
            values = tuple(_value(row, field, highest_keys) for field in fields)
            states = () if excluded_before is None else _states(row, excluded_before)
            counts[model._meta.label, values + states] += 1
    return counts


def _is_session_of_suspended_person(row: models.Model, highest_keys: dict[str, int]) -> bool:
    """True for a session that began at the time of a suspension; reinstating the person ends it."""
    return (
        isinstance(row, UserSession)
        and row.pk > highest_keys.get(row._meta.label, 0)
        and not row.user.is_active
    )


def excluded_values() -> ExcludedValues:
    return {
        (model._meta.label, row.pk): _excluded_values_of(row)
        for model in project_models()
        for row in model._default_manager.all()
    }


def _excluded_values_of(row: models.Model) -> dict[str, Any]:
    """Returns the values of the excluded fields. Sealed text stays sealed. The count of attempts is
    excluded: an attempt counts before its code is compared, also for the request that comes too late."""
    names = [field.attname for field in row._meta.concrete_fields if not is_compared(field)]
    return {name: row.__dict__[name] for name in names if name != ATTEMPTS}


def _states(row: models.Model, excluded_before: ExcludedValues) -> tuple[str, ...]:
    """Returns whether each excluded value is empty, unchanged or written. This shows a closing that is undone
    and a password that is restored."""
    values_before = excluded_before.get((row._meta.label, row.pk), {})
    return tuple(
        f"{name} {_state(value, is_unchanged=name in values_before and values_before[name] == value)}"
        for name, value in _excluded_values_of(row).items()
    )


def _state(value: Any, *, is_unchanged: bool) -> str:
    if value in (None, ""):
        return "is empty"
    return "is as before" if is_unchanged else "was written"


def _value(row: Any, field: Any, highest_keys: dict[str, int]) -> Any:
    value = getattr(row, field.attname)
    owner = field.related_model if field.is_relation else field.model if field.primary_key else None
    if owner is not None and isinstance(value, int) and value > highest_keys.get(owner._meta.label, 0):
        return "new"
    return RANDOM_VALUES.sub("drawn", str(value))


def highest_keys() -> dict[str, int]:
    keys = {}
    for model in apps.get_models():
        if isinstance(model._meta.pk, models.AutoField):
            highest_key = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
            keys[model._meta.label] = highest_key or 0
    return keys


def difference(before: Rows, after: Rows) -> tuple[Rows, Rows]:
    return before - after, after - before
