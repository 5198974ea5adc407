"""Harnesses that run the product as it is shipped, cause a fault, and check that every acknowledged save is kept.

An `Installation` is the product with its own data folder and database. A `Respondent` answers over HTTP and writes
every acknowledgement into a `Ledger`, which is then compared with the history in the database."""
