"""Stores population targets: loads the reviewed files and saves uploads of analysts. Targets that a release was
weighted by never change."""

import hashlib
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from posture.definitions.targets import Targets, parse
from posture.models import TargetCount, TargetSet
from posture.stored_definitions.catalogue import DEFINITIONS
from surveys.audit.trail import note
from surveys.instrument.definition_file import InvalidDefinition, Problem


@transaction.atomic
def load_target_files(*, at: datetime, folder: Path = DEFINITIONS / "targets") -> Counter[str]:
    """Makes the rows equal to the files in one transaction. Returns how many were created, changed and unchanged."""
    problems: list[Problem] = []
    outcomes: Counter[str] = Counter()
    for path in sorted(folder.glob("*.toml")):
        try:
            outcomes[_load(parse(path.read_text("utf-8"), name=path.name), path.name, at=at)] += 1
        except InvalidDefinition as error:
            problems += error.errors
    if problems:
        raise InvalidDefinition(problems)
    return outcomes


def _load(targets: Targets, name: str, *, at: datetime) -> str:
    stored = TargetSet.objects.filter(code=targets.code).first()
    if stored is not None and stored.digest == _digest(targets):
        return "unchanged"
    if stored is not None and (stored.releases.exists() or stored.uploaded_by_id is not None):
        raise InvalidDefinition([Problem(name, "code", "a new code for changed targets", targets.code)])
    if stored is not None:
        stored.delete()
    _store(targets, by=None, at=at)
    return "created" if stored is None else "changed"


@transaction.atomic
def save_upload(targets: Targets, *, by: Any, at: datetime) -> TargetSet:
    """Saves the upload of an analyst. Raises InvalidDefinition if the code is taken."""
    if TargetSet.objects.filter(code=targets.code).exists():
        raise InvalidDefinition([Problem("upload", "code", "a code that is not taken", targets.code)])
    note("uploaded population targets", by=by, about=targets.code, at=at)
    return _store(targets, by=by, at=at)


def _store(targets: Targets, *, by: Any, at: datetime) -> TargetSet:
    target_set = TargetSet.objects.create(
        **targets.model_dump(exclude={"margins"}), digest=_digest(targets), uploaded_by=by, stored_at=at
    )
    rows = [
        (dimension, category, count)
        for dimension, counts in targets.margins.items()
        for category, count in counts.items()
    ]
    TargetCount.objects.bulk_create(
        TargetCount(
            target_set=target_set, dimension=dimension, category=category, count=count, position=position
        )
        for position, (dimension, category, count) in enumerate(rows)
    )
    return target_set


def _digest(targets: Targets) -> str:
    return hashlib.sha256(targets.model_dump_json().encode()).hexdigest()
