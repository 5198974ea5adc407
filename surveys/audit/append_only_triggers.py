"""Database triggers that keep the audit trail append-only.

They refuse every update of an entry. On PostgreSQL they also refuse to delete an entry, unless the anchor of its
chain is at or after it. SQLite has no roles, and a user with access to the file can remove triggers; there the
digests reveal a change. Like the triggers of `surveys.fieldwork.tally_triggers` they are created after every
migration.
"""

from typing import Any

from django.db import connections

TABLE, CHAINS = "surveys_auditentry", "surveys_auditchain"
GUARD = "surveys_audit_guard"
REFUSAL = "an entry of the audit trail is never changed"

ON_SQLITE = f"""
    CREATE TRIGGER IF NOT EXISTS {GUARD} BEFORE UPDATE ON {TABLE}
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
"""
FUNCTION_OF_POSTGRESQL = f"""
    CREATE OR REPLACE FUNCTION {GUARD}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND EXISTS (
            SELECT 1 FROM {CHAINS} AS chain
            WHERE chain.organization_id IS NOT DISTINCT FROM OLD.organization_id
            AND chain.anchor_length >= OLD.sequence
        ) THEN RETURN OLD; END IF;
        RAISE EXCEPTION '{REFUSAL}';
    END $$
"""
ON_POSTGRESQL = f"""
    CREATE OR REPLACE TRIGGER {GUARD} BEFORE UPDATE OR DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION {GUARD}()
"""


def create_audit_triggers(*, using: str, **_: Any) -> None:
    connection = connections[using]
    if TABLE not in connection.introspection.table_names():
        return
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for statement in (FUNCTION_OF_POSTGRESQL, ON_POSTGRESQL) if is_postgresql else (ON_SQLITE,):
            cursor.execute(statement)
