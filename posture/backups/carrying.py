"""What a restore over a living installation carries from the old database into the new one: the wrapped keys of
organisations, which no archive holds. Keys that were destroyed since the archive was made stay destroyed."""

from collections.abc import Mapping, Sequence

from django.db import DatabaseError, connection, transaction

from posture.backups.archive import Row
from posture.backups.loading import insert
from posture.backups.snapshot import Snapshot
from posture.backups.tables import Table, tables_of
from posture.readiness import applied
from surveys.sealing import left_out_of_backups

OWNER = "organization_id"
Carried = Mapping[str, tuple[Table, Sequence[Row]]]


def pick_up() -> Carried:
    """Nothing from a database that cannot be read, or is older than keys."""
    tables = [table for table in tables_of(applied(), ()) if table.name in left_out_of_backups()]
    found = Snapshot(connection)
    try:
        with transaction.atomic():
            return {table.name: (table, list(found.rows(table))) for table in tables}
    except DatabaseError:
        return {}


def put_down(carried: Carried) -> int:
    """How many. Keys of organisations that the archive does not know are left behind."""
    known = {*_organizations(), None}
    count = 0
    for table, rows in carried.values():
        place = table.names.index(OWNER) if OWNER in table.names else None
        kept = [row for row in rows if place is None or row[place] in known]
        insert(connection, table, table.names, iter(kept))
        count += len(kept)
    return count


def _organizations() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM surveys_organization")
        return [pk for (pk,) in cursor.fetchall()]
