"""Computes statistics with pure functions, from answers to rows of a release or cells of the explorer.

Nothing here reads a database or formats a number. It imports `posture.methods`, `posture.definitions` and
`surveys.instrument`; releases, explorer and reports import it.
"""
