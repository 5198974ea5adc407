"""The analyst's explorer: a query in the address, a table of counted answers back.

`query` reads the address, `query_results` counts, `drawing` draws, `frames` keeps the counted answers on disk. Views
and background jobs import it.
"""
