"""Django's `migrate`, killed at any moment, goes on where it was.

Django makes the indexes of new tables after a migration and notes the migration after these, in a transaction of its
own. Killed in between, it would make the tables again the next time, and fail. Here the note belongs to the transaction
of the migration.
"""

from functools import partial
from typing import Any

from django.core.management.commands import migrate
from django.db.migrations.executor import MigrationExecutor


class WholeMigrations(MigrationExecutor):
    """Leaves Django nothing to do after a migration; so it notes it at once."""

    def apply_migration(self, state: Any, migration: Any, *args: Any, **options: Any) -> Any:
        if migration.atomic:
            migration.apply = partial(_with_what_is_deferred, migration.apply)
        return super().apply_migration(state, migration, *args, **options)


def _with_what_is_deferred(apply: Any, state: Any, schema_editor: Any, *args: Any, **options: Any) -> Any:
    state = apply(state, schema_editor, *args, **options)
    while schema_editor.deferred_sql:
        schema_editor.execute(schema_editor.deferred_sql.pop(0))
    return state


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        # The command of Django takes its executor by this name and offers no other way.
        migrate.MigrationExecutor = WholeMigrations  # type: ignore[attr-defined]
        super().handle(*args, **options)
