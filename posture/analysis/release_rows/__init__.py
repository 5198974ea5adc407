"""All rows of a release of one wave, with disclosure control applied.

`estimates.compute` is the entrance. Imports the other folders of the analysis; releases import it.
"""
