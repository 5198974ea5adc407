"""Brings questionnaire definitions into the database. Idempotent; a version that has been fielded never changes."""

import hashlib
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet

from surveys import instrument
from surveys.models import Item, Option, Questionnaire, Section

DEFINITIONS = Path(__file__).parent / "definitions"


class Loaded(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class FieldedVersionChanged(ValueError):
    pass


def load_questionnaires(*, at: datetime, folder: Path = DEFINITIONS) -> dict[str, Loaded]:
    """Loads every definition of a folder, all or none."""
    with transaction.atomic():
        return {
            path.name: load_questionnaire(path.read_text("utf-8"), name=path.name, at=at)
            for path in sorted(folder.glob("*.toml"))
        }


@transaction.atomic
def load_questionnaire(text: str, *, name: str, at: datetime) -> Loaded:
    """Raises InvalidDefinition, or FieldedVersionChanged when a wave already uses this version."""
    definition = instrument.parse(text, name=name)
    if name not in (definition.key, f"{definition.key}.toml"):
        raise instrument.InvalidDefinition(
            [instrument.Problem(name, "the file name", f"{definition.key}.toml", name)]
        )
    digest = hashlib.sha256(text.encode()).hexdigest()
    known = Questionnaire.objects.filter(slug=definition.slug, version=definition.version).first()
    if known is not None and known.digest == digest:
        return Loaded.UNCHANGED
    if known is not None and known.waves.exists():
        raise FieldedVersionChanged(
            f"{name}: version {definition.version} has been fielded and stays as it is;"
            " put the change into a new file with a new version."
        )
    if known is not None:
        known.delete()
    _create(definition, text=text, digest=digest, at=at)
    return Loaded.CREATED if known is None else Loaded.CHANGED


def _create(definition: instrument.Questionnaire, *, text: str, digest: str, at: datetime) -> None:
    questionnaire = Questionnaire.objects.create(
        slug=definition.slug,
        version=definition.version,
        title=definition.title,
        source=text,
        digest=digest,
        loaded_at=at,
    )
    sections = {
        section.code: Section.objects.create(
            questionnaire=questionnaire, code=section.code, title=section.title, position=position
        )
        for position, section in enumerate(definition.sections)
    }
    for position, item in enumerate(definition.items):
        row = Item.objects.create(
            questionnaire=questionnaire,
            section=sections[item.section],
            code=item.code,
            role=item.role,
            kind=item.kind,
            type=item.type,
            wording=item.wording,
            position=position,
        )
        Option.objects.bulk_create(
            Option(item=row, code=option.code, label=option.label, meaning=option.meaning, position=place)
            for place, option in enumerate(item.options)
        )


def newest_questionnaire(slug: str) -> Questionnaire | None:
    """The latest version by number: 2026.10 comes after 2026.9."""
    versions = Questionnaire.objects.filter(slug=slug)
    return max(versions, key=lambda row: [int(part) for part in row.version.split(".")], default=None)


def questionnaires() -> QuerySet[Questionnaire]:
    return Questionnaire.objects.order_by("pk")


def questionnaire_by_key(key: str) -> Questionnaire | None:
    slug, _, version = key.rpartition("-")
    return Questionnaire.objects.filter(slug=slug, version=version).first()
