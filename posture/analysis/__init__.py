"""Statistics as pure functions: answers in, rows of a release or cells of the explorer out.

Nothing here reads a database or formats a number. It imports `posture.methods`, `posture.definitions` and
`surveys.instrument`; releases, explorer and reports import it.
"""
