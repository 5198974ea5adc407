"""Writes generated answers in bulk as rows, without the functions of fieldwork: one organisation, invitation,
response and up to forty answers each."""

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
from django.db import connection, models

from surveys.fieldwork.questionnaire_loader import load_questionnaire
from surveys.fieldwork.waves import open_wave
from surveys.instrument.cohorts import DIMENSIONS
from surveys.models import Answer, Invitation, Option, Organization, Questionnaire, Response, Wave

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROLE = "respondent"
Given = tuple[int, ...]
CLOSES = NOW + timedelta(days=30)
HEAD = f"""
slug = "generated"
version = "1"
title = "Generated"
unit = "organization"
introduction = "For benchmarks."
source = "Generated."
reviewed_on = 2026-01-01
requires_dont_know = false
roles = [{{ code = "{ROLE}", label = "Respondent", minutes = 1 }}]
sections = [{{ code = "all", title = "All" }}]
"""
ITEM = """
[[items]]
code = "{code}"
section = "all"
role = "respondent"
kind = "context"
type = "yes_no"
wording = "Is it so?"
options = [{{ code = "yes", label = "Yes" }}, {{ code = "no", label = "No" }}]
"""


def questionnaire_of(items: int, item: str = ITEM) -> Questionnaire:
    """item: TOML template of an item with a placeholder for its code."""
    text = HEAD + "".join(item.format(code=f"Q{number:02}") for number in range(1, items + 1))
    load_questionnaire(text, name="generated-1.toml", at=NOW)
    return Questionnaire.objects.get(slug="generated")


def make_wave(items: int, item: str = ITEM) -> Wave:
    return open_wave(
        questionnaire_of(items, item),
        slug="generated",
        title="Generated",
        opens_at=NOW,
        closes_at=CLOSES,
        is_synthetic=True,
    )


def add_rows(
    wave: Wave, answers: np.ndarray, segments: np.ndarray, *, first: int = 1, minutes: int = 11
) -> None:
    """answers: int8 [organisations, items], -1 left open, else the index among the options of the item in the order
    of their codes, so that 0 is no and 1 is yes. segments: uint8 [organisations, dimensions], the index among the
    codes of each dimension, modulo their number. Keys start at `first`."""
    keys = range(first, first + len(answers))
    write_rows(Organization, _organizations(keys, segments))
    write_rows(Invitation, _invitations(keys, wave))
    write_rows(Response, _responses(keys, NOW + timedelta(minutes=minutes)))
    write_rows(Answer, _answers(keys, answers, _options(wave)))


def _organizations(keys: Iterable[int], segments: np.ndarray) -> Iterator[tuple[object, ...]]:
    codes = [("", *dimension.codes) for dimension in DIMENSIONS]
    for key, places in zip(keys, segments.tolist(), strict=True):
        frame = [known[place % len(known)] for known, place in zip(codes, places, strict=False)]
        yield key, uuid.UUID(int=key), f"Organisation {key}", f"organisation-{key}", *frame, True


def _invitations(keys: Iterable[int], wave: Wave) -> Iterator[tuple[object, ...]]:
    for key in keys:
        token = hashlib.sha256(str(key).encode()).hexdigest()
        yield key, key, wave.pk, ROLE, "", token, token, NOW, CLOSES, NOW, None


def _responses(keys: Iterable[int], submitted_at: datetime) -> Iterator[tuple[object, ...]]:
    for key in keys:
        yield key, key, key, uuid.UUID(int=key), NOW, NOW, submitted_at, None, f"R-{key}", ""


def _answers(keys: Iterable[int], answers: np.ndarray, known: list[Given]) -> Iterator[tuple[object, ...]]:
    """Yields rows of answers. Their keys are computed from those of the organisations, so that rows can be added
    later."""
    for key, given in zip(keys, answers.tolist(), strict=True):
        for place, answer in enumerate(given):
            if answer >= 0:
                item, *options = known[place]
                yield key * len(known) + place, key, key, item, options[answer], None, "", "", 1, NOW


def _options(wave: Wave) -> list[Given]:
    """Returns for each item its key and those of its options, in the order of their codes."""
    rows = Option.objects.filter(item__questionnaire=wave.questionnaire_id)
    found: dict[int, dict[str, int]] = {}
    for item, code, pk in rows.order_by("item__position").values_list("item_id", "code", "pk"):
        found.setdefault(item, {})[code] = pk
    return [(item, *(options[code] for code in sorted(options))) for item, options in found.items()]


def write_rows(model: type[models.Model], rows: Iterable[tuple[object, ...]]) -> None:
    """Writes rows in bulk. On PostgreSQL foreign keys are not checked, because the rows are valid by construction.
    Responses are written with triggers, so that the database records them. COPY cannot write into a table whose
    row-level policies apply to the writer, so the owner of the tables disables them for that time."""
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in model._meta.concrete_fields)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            role = "origin" if model is Response else "replica"
            cursor.execute(f"SET session_replication_role = {role}")
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        else:
            marks = ", ".join(["?"] * len(model._meta.concrete_fields))
            raw = connection.connection.cursor()
            raw.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", map(_adapted, rows))


@cache
def stored(moment: datetime) -> str:
    return str(moment.replace(tzinfo=None))


def _adapted(row: tuple[object, ...]) -> tuple[object, ...]:
    """Converts values to the form in which Django stores them in SQLite."""
    return tuple(
        stored(value) if isinstance(value, datetime) else value.hex if isinstance(value, uuid.UUID) else value
        for value in row
    )
