"""Classifies database errors by their code: the SQLSTATE of PostgreSQL or the error name of SQLite."""

from surveys.database.error_causes import error_chain

# Violations of unique keys and foreign keys.
CONSTRAINT_VIOLATIONS = {
    "23505",
    "23503",
    "SQLITE_CONSTRAINT_UNIQUE",
    "SQLITE_CONSTRAINT_PRIMARYKEY",
    "SQLITE_CONSTRAINT_FOREIGNKEY",
}
DAMAGE_CODES = ("XX001", "XX002", "SQLITE_CORRUPT", "SQLITE_NOTADB")
DAMAGE_MESSAGE = (
    "The database is damaged. This request saved nothing; what else is affected is not known. Whoever looks after this"
    " installation has to look at it, and to restore a backup."
)
OPERATOR_DAMAGE_MESSAGE = (
    "The database is damaged: {error}. Stop all processes, keep a copy of its files, and restore the newest backup:"
    " python manage.py verify ARCHIVE, then python manage.py restore ARCHIVE."
)


def error_code(error: BaseException) -> str:
    """Returns the error code; "" for an error that no database raised."""
    for cause in error_chain(error):
        code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
        if code:
            return str(code)
    return ""


def is_damage(error: BaseException | None) -> bool:
    return error is not None and error_code(error).startswith(DAMAGE_CODES)
