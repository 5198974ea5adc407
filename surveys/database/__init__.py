"""SQL statements, row locks and errors of the database.

`insert_statements` and `select_statements` replace the ORM for the tables that every save uses. `row_locks` defines
one order of locks, and `error_causes` iterates over the causes of an error. This folder imports the models; all
folders above them may import it.
"""
