"""Tenant scoping: limits the running code to the rows of one organisation.

`organization_scope` limits every query and every write; `row_security` and `ownership` make the database enforce the
same. This folder imports nothing of the project; all code that reads or writes rows may import it.
"""
