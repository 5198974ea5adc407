"""Releases: computing, publishing, withdrawing and comparing them.

`lifecycle` holds the verbs, `computation` turns raw answers into rows, `comparisons` computes the verdicts that are
stored with them, `queries` reads what is published, `packs` builds the files that reproduce a release. Reports, API,
explorer and views import it.
"""
