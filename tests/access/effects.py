"""Describes what a request changes: added, removed and changed rows, without values that are new each time."""

import re
from collections import Counter
from typing import Any

from allauth.usersessions.models import UserSession
from django.apps import apps
from django.db import models

# Rows that the infrastructure keeps for itself: sessions, counts of attempts, keys, jobs with their own keys.
LEFT_OUT = {
    "sessions.Session", "surveys.Limit", "surveys.SealingKey", "surveys.LookupKey", "surveys.AuditChain",
    "surveys.SecurityCount", "contenttypes.ContentType", "auth.Permission", "posture.Estimate", "posture.Benchmark",
    "surveys.Questionnaire", "surveys.Item", "surveys.Option", "surveys.Section",
    "posture.Pack", "posture.Comparison", "posture.QuotedBenchmark",
}  # fmt: skip
TRIES = "tries"
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
    TRIES,
)
# Keys, codes and times that are new inside a longer text.
DRAWN = re.compile(
    r"(?<=person )\d+|\d{4}-\d\d-\d\dT[\d:.]+|\b[0-9A-F]{5}-[0-9A-F]{5}\b"
    r"|\b(?=\w*\d)[A-Za-z0-9_-]{16,}\b|\b[0-9a-f]{8}\b"
)
Row = tuple[str, tuple[Any, ...]]
Rows = Counter[Row]
# By model and key: the fields that is_told leaves out.
Untold = dict[tuple[str, Any], dict[str, Any]]


def project_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.label not in LEFT_OUT]


def is_told(field: models.Field) -> bool:
    is_moment = isinstance(
        field, models.DateTimeField | models.DateField | models.BinaryField | models.JSONField
    )
    return not is_moment and not field.name.endswith(NEW_EACH_TIME)


def rows(known: dict[str, int], earlier: Untold | None = None) -> Rows:
    """Returns the rows of each model. `known` is the highest key of each model from before. Rows with a higher key
    count as new, without their number, because databases do not reuse numbers. With `earlier`, fields that are left
    out are compared with it."""
    found: Rows = Counter()
    for model in project_models():
        fields = [field for field in model._meta.concrete_fields if is_told(field)]
        for row in model._default_manager.all():
            if _opens_nothing(row, known):
                continue
            values = tuple(_value(row, field, known) for field in fields)
            states = () if earlier is None else _states(row, earlier)
            found[model._meta.label, values + states] += 1
    return found


def _opens_nothing(row: models.Model, known: dict[str, int]) -> bool:
    """True for a session that began at the time of a suspension; reinstating the person ends it."""
    return isinstance(row, UserSession) and row.pk > known.get(row._meta.label, 0) and not row.user.is_active


def untold() -> Untold:
    return {
        (model._meta.label, row.pk): _untold_values(row)
        for model in project_models()
        for row in model._default_manager.all()
    }


def _untold_values(row: models.Model) -> dict[str, Any]:
    """Returns the values of the fields that are left out. Sealed text stays sealed. The count of attempts is
    excluded: an attempt counts before its code is compared, also for the request that comes too late."""
    names = [field.attname for field in row._meta.concrete_fields if not is_told(field)]
    return {name: row.__dict__[name] for name in names if name != TRIES}


def _states(row: models.Model, earlier: Untold) -> tuple[str, ...]:
    """Returns whether each value that is left out is empty, unchanged or written. This shows a closing that is undone
    and a password that is restored."""
    before = earlier.get((row._meta.label, row.pk), {})
    return tuple(
        f"{name} {_state(value, is_as_before=name in before and before[name] == value)}"
        for name, value in _untold_values(row).items()
    )


def _state(value: Any, *, is_as_before: bool) -> str:
    if value in (None, ""):
        return "is empty"
    return "is as before" if is_as_before else "was written"


def _value(row: Any, field: Any, known: dict[str, int]) -> Any:
    value = getattr(row, field.attname)
    owner = field.related_model if field.is_relation else field.model if field.primary_key else None
    if owner is not None and isinstance(value, int) and value > known.get(owner._meta.label, 0):
        return "new"
    return DRAWN.sub("drawn", str(value))


def highest() -> dict[str, int]:
    found = {}
    for model in apps.get_models():
        if isinstance(model._meta.pk, models.AutoField):
            last = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
            found[model._meta.label] = last or 0
    return found


def difference(before: Rows, after: Rows) -> tuple[Rows, Rows]:
    return before - after, after - before
