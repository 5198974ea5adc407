"""How often a caller may do something, and who the caller is.

`limits` counts in the database, `change_limits` holds the limits of requests that change something, `client_address`
tells the address of a request. Every folder above `models` may import it.
"""
