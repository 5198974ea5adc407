"""Django's `migrate`, made resumable after a kill at any moment.

Django creates the indexes of new tables after a migration, and records the migration afterwards in a separate
transaction. If the process is killed in between, the next run creates the tables again and fails. In this command the
record belongs to the transaction of the migration.
"""

from functools import partial
from typing import Any

from django.core.management.commands import migrate
from django.db.migrations.executor import MigrationExecutor


class AtomicMigrationExecutor(MigrationExecutor):
    """Executes deferred SQL within each migration, so that the migration is recorded in the same transaction."""

    def apply_migration(self, state: Any, migration: Any, *args: Any, **options: Any) -> Any:
        if migration.atomic:
            migration.apply = partial(_apply_with_deferred_sql, migration.apply)
        return super().apply_migration(state, migration, *args, **options)


def _apply_with_deferred_sql(apply: Any, state: Any, schema_editor: Any, *args: Any, **options: Any) -> Any:
    state = apply(state, schema_editor, *args, **options)
    while schema_editor.deferred_sql:
        schema_editor.execute(schema_editor.deferred_sql.pop(0))
    return state


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        # Django's command uses the executor by this name; there is no other hook.
        migrate.MigrationExecutor = AtomicMigrationExecutor  # type: ignore[attr-defined]
        super().handle(*args, **options)
