"""PostgreSQL backend that sets the scope of the running code (`surveys.tenancy.organization_scope`) before every
statement. The policies of `surveys.tenancy.row_security` use this setting. The backend discards its copy of the
setting whenever the server may have reset it, so the two cannot differ. A connection pooler must pool sessions, not
transactions."""

from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from surveys.tenancy.organization_scope import DATABASE_SETTING, ScopeKind, present_scope


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._sent_scope: str | None = None
        self.execute_wrappers.append(self._execute_with_scope)

    def get_new_connection(self, conn_params: Any) -> Any:
        self._sent_scope = None
        return super().get_new_connection(conn_params)

    def create_cursor(self, name: str | None = None) -> Any:
        """Sets the scope also for commands that bypass `execute`, such as COPY."""
        self.send_scope()
        return super().create_cursor(name)

    def _execute_with_scope(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self.send_scope()
        return execute(*arguments)

    def send_scope(self) -> None:
        scope = present_scope()
        setting = scope.value if isinstance(scope, ScopeKind) else str(scope)
        if setting == self._sent_scope or self._is_transaction_failed():
            return
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, false)", [DATABASE_SETTING, setting])
        self._sent_scope = setting

    def _is_transaction_failed(self) -> bool:
        """Returns whether the transaction is in an error state, in which the server only accepts a rollback."""
        return (
            self.connection is not None
            and self.connection.info.transaction_status == TransactionStatus.INERROR
        )

    def _commit(self) -> None:
        """Commits. After an error in the transaction the server rolls back instead, which may reset the scope."""
        if self._is_transaction_failed():
            self._sent_scope = None
        super()._commit()  # type: ignore[misc]

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self._sent_scope = None

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._sent_scope = None
