"""Harnesses that run the product as it is shipped, break something, and hold it to what it acknowledged.

An `Installation` is the product with a data folder and a database of its own; a `Respondent` answers over HTTP and
writes every acknowledgement into a `Ledger`, which is held against the history in the database afterwards."""
