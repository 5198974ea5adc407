"""PostgreSQL that is told, before every statement, whose rows the running code may reach
(`surveys.tenancy.organization_scope`); the policies of `surveys.tenancy.row_security` go by that. What it was told is
forgotten whenever the server may have forgotten it, so the two cannot differ. A pooler in between must pool sessions,
not transactions."""

from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from surveys.tenancy.organization_scope import DATABASE_SETTING, Reach, present_scope


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._told: str | None = None
        self.execute_wrappers.append(self._telling)

    def get_new_connection(self, conn_params: Any) -> Any:
        self._told = None
        return super().get_new_connection(conn_params)

    def create_cursor(self, name: str | None = None) -> Any:
        """Also for what goes past `execute`, such as COPY."""
        self.tell_scope()
        return super().create_cursor(name)

    def _telling(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self.tell_scope()
        return execute(*arguments)

    def tell_scope(self) -> None:
        scope = present_scope()
        word = scope.value if isinstance(scope, Reach) else str(scope)
        if word == self._told or self._failed():
            return
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, false)", [DATABASE_SETTING, word])
        self._told = word

    def _failed(self) -> bool:
        """In a transaction in which something failed the server does nothing but roll back."""
        return (
            self.connection is not None
            and self.connection.info.transaction_status == TransactionStatus.INERROR
        )

    def _commit(self) -> None:
        """Where something failed, the server rolls back instead."""
        if self._failed():
            self._told = None
        super()._commit()  # type: ignore[misc]

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self._told = None

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._told = None
