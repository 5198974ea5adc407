"""Rate limits: how often a caller may do something.

`limits` counts in the database, `change_limits` limits requests that change data, and `client_address` determines the
address of the caller. Every folder above `models` may import this folder.
"""
