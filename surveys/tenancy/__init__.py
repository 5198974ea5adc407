"""Which organisation's rows the running code may reach.

`organization_scope` limits every query and every write; `row_security` and `ownership` let the database enforce the
same. Imports nothing of the project; everything that touches rows may import it.
"""
