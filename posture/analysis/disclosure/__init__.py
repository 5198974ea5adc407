"""Applies disclosure control: suppression, bounded values, and the audit that derives hidden numbers.

`suppression.suppress` withholds cells, `decisions` bounds values, `audit` examines the result by another method.
Imports `estimates`; waves and release_rows import it.
"""
