"""Loads questionnaire definitions into the database. Idempotent; a version that has been fielded never changes."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from django.db import transaction
from django.db.models import Model, QuerySet

from surveys.instrument import questionnaire_definition
from surveys.models import Item, Option, Questionnaire, Section

ITEM_COLUMNS = ["section", "role", "kind", "type", "wording", "position"]
DEFINITIONS = Path(__file__).resolve().parents[1] / "definitions"


class LoadResult(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class FieldedVersionChanged(ValueError):
    pass


def load_questionnaires(*, at: datetime, folder: Path = DEFINITIONS) -> dict[str, LoadResult]:
    """Loads every definition of a folder, all or none."""
    with transaction.atomic():
        return {
            path.name: load_questionnaire(path.read_text("utf-8"), name=path.name, at=at)
            for path in sorted(folder.glob("*.toml"))
        }


@transaction.atomic
def load_questionnaire(text: str, *, name: str, at: datetime) -> LoadResult:
    """Loads one definition. Raises InvalidDefinition, or FieldedVersionChanged if a wave already uses this version."""
    definition = questionnaire_definition.parse(text, name=name)
    if name not in (definition.key, f"{definition.key}.toml"):
        raise questionnaire_definition.InvalidDefinition(
            [questionnaire_definition.Problem(name, "the file name", f"{definition.key}.toml", name)]
        )
    digest = hashlib.sha256(text.encode()).hexdigest()
    stored = Questionnaire.objects.filter(slug=definition.slug, version=definition.version).first()
    if stored is not None and stored.digest == digest:
        return LoadResult.UNCHANGED
    if stored is not None and stored.waves.exists():
        raise FieldedVersionChanged(
            f"{name}: version {definition.version} has been fielded and stays as it is;"
            " put the change into a new file with a new version."
        )
    row, is_new = Questionnaire.objects.update_or_create(
        slug=definition.slug,
        version=definition.version,
        defaults={"title": definition.title, "source": text, "digest": digest, "loaded_at": at},
    )
    _write_rows(definition, row)
    return LoadResult.CREATED if is_new else LoadResult.CHANGED


def _write_rows(definition: questionnaire_definition.Questionnaire, questionnaire: Questionnaire) -> None:
    """Writes sections, items and options. Updates existing rows, because for each deleted row the database searches
    all answers."""
    sections = {
        section.code: Section(
            questionnaire=questionnaire, code=section.code, title=section.title, position=position
        )
        for position, section in enumerate(definition.sections)
    }
    _store(list(sections.values()), parent="questionnaire", columns=["title", "position"])
    items = {
        item.code: Item(
            questionnaire=questionnaire,
            section=sections[item.section],
            code=item.code,
            role=item.role,
            kind=item.kind,
            type=item.type,
            wording=item.wording,
            position=position,
        )
        for position, item in enumerate(definition.items)
    }
    _store(list(items.values()), parent="questionnaire", columns=ITEM_COLUMNS)
    options = [
        Option(
            item=items[item.code],
            code=option.code,
            label=option.label,
            meaning=option.meaning,
            position=position,
        )
        for item in definition.items
        for position, option in enumerate(item.options)
    ]
    _store(options, parent="item", columns=["label", "meaning", "position"])
    Option.objects.filter(item__questionnaire=questionnaire).exclude(pk__in=_keys(options)).delete()
    questionnaire.items.exclude(pk__in=_keys(items.values())).delete()
    questionnaire.sections.exclude(pk__in=_keys(sections.values())).delete()


def _store(rows: Sequence[Model], *, parent: str, columns: list[str]) -> None:
    """Inserts rows of one model, or updates `columns` of existing rows. `parent` and the code identify a row."""
    if rows:
        type(rows[0])._default_manager.bulk_create(
            rows, update_conflicts=True, unique_fields=[parent, "code"], update_fields=columns
        )


def _keys(rows: Iterable[Model]) -> list[int]:
    return [row.pk for row in rows]


def newest_questionnaire(slug: str) -> Questionnaire | None:
    """Returns the latest version by number: 2026.10 comes after 2026.9."""
    versions = Questionnaire.objects.filter(slug=slug)
    return max(versions, key=lambda row: [int(part) for part in row.version.split(".")], default=None)


def questionnaires() -> QuerySet[Questionnaire]:
    return Questionnaire.objects.order_by("pk")


def questionnaire_by_key(key: str) -> Questionnaire | None:
    slug, _, version = key.rpartition("-")
    return Questionnaire.objects.filter(slug=slug, version=version).first()
