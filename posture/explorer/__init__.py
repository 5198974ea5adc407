"""The analyst's explorer: a question in the query string, a table of counted answers as result.

`query` reads the question, `query_results` computes the table, `drawing` draws charts, `frames` stores the counted
answers on disk. Views and background jobs import it.
"""
