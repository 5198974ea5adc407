"""Seals texts that are stored in plain text.

They were written before the columns were sealed, or by a process of an older version during an upgrade. The work runs
in small transactions, so that it can be interrupted and repeated.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from surveys.encryption import sealing
from surveys.encryption.cipher import Key, key_id_of

BATCH_SIZE = 500


@dataclass(frozen=True)
class Column:
    """A column with texts to seal. `rows` joins the tables that lead to the organisation."""

    table: str
    name: str
    place: str
    rows: str
    organization: str


_INVITATION = "JOIN surveys_invitation AS invitation ON invitation.id = response.invitation_id"
_RESPONSE = "JOIN surveys_response AS response ON response.id = sealed_row.response_id " + _INVITATION
_ANSWER = "JOIN surveys_answer AS answer ON answer.id = sealed_row.answer_id"
COLUMNS = (
    Column("surveys_invitation", "address", "surveys.Invitation.address", "", "sealed_row.organization_id"),
    Column("surveys_answer", "text", "surveys.Answer.text", _RESPONSE, "invitation.organization_id"),
    Column(
        "surveys_answerversion",
        "text",
        "surveys.AnswerVersion.text",
        _RESPONSE,
        "invitation.organization_id",
    ),
    Column(
        "surveys_selection",
        "text",
        "surveys.Selection.text",
        f"{_ANSWER} {_RESPONSE.replace('sealed_row.', 'answer.')}",
        "invitation.organization_id",
    ),
    Column("surveys_job", "sealed", "surveys.Job.sealed", "", "sealed_row.organization_id"),
)


class KeyStore:
    """Reads and creates keys by the given models, which in a migration are the historical models."""

    def __init__(self, sealing_keys: Any, lookup_keys: Any) -> None:
        self.sealing_keys, self.lookup_keys = sealing_keys, lookup_keys
        self._cache: dict[int | None, Key] = {}

    def known_ids(self) -> set[str]:
        return set(self.sealing_keys.objects.values_list("key_id", flat=True))

    def key_of(self, organization_id: int | None) -> Key:
        if organization_id not in self._cache:
            place = str(organization_id)
            row = self.sealing_keys.objects.filter(organization=organization_id).first()
            if row is None:
                new_key = Key.fresh()
                row = self.sealing_keys.objects.create(
                    key_id=new_key.id,
                    organization_id=organization_id,
                    wrapped=sealing.wrap(new_key, place=place),
                )
            self._cache[organization_id] = sealing.unwrap(row.key_id, row.wrapped, place=place)
        return self._cache[organization_id]

    def lookup(self) -> Key:
        new_key = Key.fresh()
        defaults = {"key_id": new_key.id, "wrapped": sealing.wrap(new_key, place="lookup")}
        row, _ = self.lookup_keys.objects.get_or_create(pk=1, defaults=defaults)
        return sealing.unwrap(row.key_id, row.wrapped, place="lookup")


def seal_rows(key_store: KeyStore) -> dict[str, int]:
    """Seals all rows in plain text. Returns the number of texts by table."""
    known_key_ids = key_store.known_ids()
    return {column.table: sum(_sealed(column, key_store, known_key_ids)) for column in COLUMNS}


def _sealed(column: Column, key_store: KeyStore, known_key_ids: set[str]) -> Iterator[int]:
    last = 0
    while rows := _rows(column, after=last):
        plain_rows = [row for row in rows if key_id_of(row[1]) not in known_key_ids]
        with transaction.atomic(), connection.cursor() as cursor:
            for pk, text, organization in plain_rows:
                _update(cursor, column, key_store, pk, text, organization)
        known_key_ids |= {key.id for key in key_store._cache.values()}
        last = rows[-1][0]
        yield len(plain_rows)


def _rows(column: Column, *, after: int) -> list[tuple[int, str, int | None]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT sealed_row.id, sealed_row.{column.name}, {column.organization}"
            f" FROM {column.table} AS sealed_row {column.rows}"
            f" WHERE sealed_row.id > %s AND sealed_row.{column.name} <> ''"
            f" ORDER BY sealed_row.id LIMIT {BATCH_SIZE}",
            [after],
        )
        return list(cursor.fetchall())


def _update(
    cursor: Any, column: Column, key_store: KeyStore, pk: int, text: str, organization: int | None
) -> None:
    """Seals one text. A row that was changed since it was read stays for the next run."""
    sealed = key_store.key_of(organization).seal(text.encode(), place=f"{organization} {column.place}")
    values = {column.name: sealed}
    if column.name == "address":
        values["address_digest"] = key_store.lookup().digest("address", text.strip().lower())
    assignments = ", ".join(f"{name} = %s" for name in values)
    cursor.execute(
        f"UPDATE {column.table} SET {assignments} WHERE id = %s AND {column.name} = %s",
        [*values.values(), pk, text],
    )
