"""Statements, locks and errors of the database.

`insert_statements` and `select_statements` replace the ORM for the tables that every save touches, `row_locks` keeps
one order of locks, `error_causes` walks the causes of an error. Imports the models; everything above may import it.
"""
