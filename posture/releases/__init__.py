"""Releases: computing, publishing, withdrawing and comparing them.

`lifecycle` changes the state of a release, `computation` turns raw answers into rows, `comparisons` computes the
verdicts that are stored with them. `queries` reads published releases, `packs` builds the files that reproduce a
release. Reports, API, explorer and views import it.
"""
