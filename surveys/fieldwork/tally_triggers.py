"""Database triggers that update `Tally`.

They record every change: by functions of fieldwork, cascades, bulk updates and SQL at the console. On SQLite, a
migration that rebuilds a table drops its triggers, and fails if other triggers name the table. So the triggers are
removed before every migration and created after it.
"""

from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "surveys_tally"
OLD_AND_NEW_ROWS, CHANGED_ROWS = (
    "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "old_rows JOIN new_rows USING (id)",
)
RESPONSE_COLUMNS = ("submitted_at", "corrected_at", "invitation_id")
INVITATION_COLUMNS = ("revoked_at", "wave_id", "organization_id", "role", "address_digest")
ORGANIZATION_COLUMNS = ("sector", "size_band", "region")


def drop_tally_triggers(*, using: str, plan: list[Any], **_: Any) -> None:
    connection = connections[using]
    if plan and connection.vendor == "sqlite":
        _drop_triggers(connection)


def create_tally_triggers(*, using: str, plan: list[Any] | None = None, **_: Any) -> None:
    """Creates the triggers. On SQLite after a migration, counts one change of every wave, since changes without
    triggers are lost."""
    connection = connections[using]
    if TABLE not in connection.introspection.table_names():
        return
    with transaction.atomic(using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name, (event, rows, body) in (
                _postgresql_response_triggers() | _postgresql_origin_triggers()
            ).items():
                cursor.execute(
                    f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
                    f" $$ BEGIN {body}; RETURN NULL; END $$"
                )
                cursor.execute(
                    f"CREATE OR REPLACE TRIGGER {name} AFTER {event} REFERENCING {rows}"
                    f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
                )
            return
        _drop_triggers(connection)
        for name, (event, body) in _sqlite_triggers().items():
            cursor.execute(f"CREATE TRIGGER {name} AFTER {event} BEGIN {body}; END")
        if plan:
            cursor.execute(f"UPDATE {TABLE} SET changes = changes + 1")


def _drop_triggers(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        for name in _sqlite_triggers():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def _add_submissions(rows: str) -> str:
    """Returns SQL that adds submissions. `rows` is a query of wave and time of submission, one row for each
    submission."""
    return (
        f"INSERT INTO {TABLE} (wave_id, submissions, latest, changes)"
        f" SELECT wave_id, count(*), max(submitted_at), 0 FROM ({rows}) AS added WHERE true"
        " GROUP BY wave_id ORDER BY wave_id ON CONFLICT (wave_id) DO UPDATE"
        f" SET submissions = {TABLE}.submissions + excluded.submissions, latest ="
        f" CASE WHEN excluded.latest > {TABLE}.latest THEN excluded.latest ELSE {TABLE}.latest END"
    )


def _count_change(waves: str) -> str:
    return f"UPDATE {TABLE} SET changes = changes + 1 WHERE wave_id IN ({waves})"


def _differs(columns: tuple[str, ...], word: str, old: str, new: str) -> str:
    return "(" + " OR ".join(f"{old}.{column} {word} {new}.{column}" for column in columns) + ")"


def _sqlite_triggers() -> dict[str, tuple[str, str]]:
    """Returns for each trigger name the event and the SQL that runs for each row."""
    submitted_waves = "SELECT wave_id, NEW.submitted_at FROM surveys_invitation WHERE id = NEW.invitation_id"
    waves_of_invitations = "SELECT wave_id FROM surveys_invitation WHERE id"
    is_answered = (
        "EXISTS (SELECT 1 FROM surveys_response WHERE invitation_id = NEW.id AND submitted_at IS NOT NULL)"
    )
    waves_of_organization = (
        "SELECT wave_id FROM surveys_invitation JOIN surveys_response ON invitation_id = surveys_invitation.id"
        " WHERE surveys_invitation.organization_id = NEW.id AND submitted_at IS NOT NULL"
    )
    return {
        "surveys_tally_inserted": (
            "INSERT ON surveys_response WHEN NEW.submitted_at IS NOT NULL",
            _add_submissions(submitted_waves),
        ),
        "surveys_tally_submitted": (
            "UPDATE ON surveys_response WHEN OLD.submitted_at IS NULL AND NEW.submitted_at IS NOT NULL",
            _add_submissions(submitted_waves),
        ),
        "surveys_tally_corrected": (
            "UPDATE ON surveys_response WHEN OLD.submitted_at IS NOT NULL AND "
            + _differs(RESPONSE_COLUMNS, "IS NOT", "OLD", "NEW"),
            _count_change(f"{waves_of_invitations} IN (OLD.invitation_id, NEW.invitation_id)"),
        ),
        "surveys_tally_deleted": (
            "DELETE ON surveys_response WHEN OLD.submitted_at IS NOT NULL",
            _count_change(f"{waves_of_invitations} = OLD.invitation_id"),
        ),
        "surveys_tally_invitation": (
            "UPDATE ON surveys_invitation WHEN "
            + _differs(INVITATION_COLUMNS, "IS NOT", "OLD", "NEW")
            + f" AND {is_answered}",
            _count_change("OLD.wave_id, NEW.wave_id"),
        ),
        "surveys_tally_organization": (
            "UPDATE ON surveys_organization WHEN " + _differs(ORGANIZATION_COLUMNS, "IS NOT", "OLD", "NEW"),
            _count_change(waves_of_organization),
        ),
    }


def _postgresql_response_triggers() -> dict[str, tuple[str, str, str]]:
    """Returns the PostgreSQL triggers on responses: by name the event, its transition tables, and the SQL for all
    rows."""
    submitted_waves = "SELECT wave_id, new_rows.submitted_at FROM {} JOIN surveys_invitation AS invitation"
    submitted_waves += " ON invitation.id = new_rows.invitation_id WHERE new_rows.submitted_at IS NOT NULL"
    waves_of_invitations = (
        "SELECT invitation.wave_id FROM {} JOIN surveys_invitation AS invitation ON invitation.id"
    )
    is_corrected = _differs(RESPONSE_COLUMNS, "IS DISTINCT FROM", "old_rows", "new_rows")
    return {
        "surveys_tally_inserted": (
            "INSERT ON surveys_response",
            "NEW TABLE AS new_rows",
            _add_submissions(submitted_waves.format("new_rows")),
        ),
        "surveys_tally_updated": (
            "UPDATE ON surveys_response",
            OLD_AND_NEW_ROWS,
            _add_submissions(f"{submitted_waves.format(CHANGED_ROWS)} AND old_rows.submitted_at IS NULL")
            + "; "
            + _count_change(
                f"{waves_of_invitations.format(CHANGED_ROWS)} IN (old_rows.invitation_id, new_rows.invitation_id)"
                f" WHERE old_rows.submitted_at IS NOT NULL AND {is_corrected}"
            ),
        ),
        "surveys_tally_deleted": (
            "DELETE ON surveys_response",
            "OLD TABLE AS old_rows",
            _count_change(
                f"{waves_of_invitations.format('old_rows')} = old_rows.invitation_id"
                " WHERE old_rows.submitted_at IS NOT NULL"
            ),
        ),
    }


def _postgresql_origin_triggers() -> dict[str, tuple[str, str, str]]:
    join_response = (
        "JOIN surveys_response AS response ON response.submitted_at IS NOT NULL AND response.invitation_id"
    )
    invitation_changed = _differs(INVITATION_COLUMNS, "IS DISTINCT FROM", "old_rows", "new_rows")
    organization_changed = _differs(ORGANIZATION_COLUMNS, "IS DISTINCT FROM", "old_rows", "new_rows")
    return {
        "surveys_tally_invitation": (
            "UPDATE ON surveys_invitation",
            OLD_AND_NEW_ROWS,
            _count_change(
                f"SELECT unnest(ARRAY[old_rows.wave_id, new_rows.wave_id]) FROM {CHANGED_ROWS}"
                f" {join_response} = new_rows.id WHERE {invitation_changed}"
            ),
        ),
        "surveys_tally_organization": (
            "UPDATE ON surveys_organization",
            OLD_AND_NEW_ROWS,
            _count_change(
                f"SELECT invitation.wave_id FROM {CHANGED_ROWS} JOIN surveys_invitation AS invitation"
                f" ON invitation.organization_id = new_rows.id {join_response} = invitation.id"
                f" WHERE {organization_changed}"
            ),
        ),
    }
