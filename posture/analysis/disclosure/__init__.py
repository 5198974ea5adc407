"""Disclosure control: suppression, bounded values, and the audit that looks for what still follows.

`suppression.suppress` withholds cells, `decisions` bounds values, `audit` examines the result by another way. Imports
`estimates`; waves and release_rows import it.
"""
