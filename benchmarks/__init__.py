"""What the product's speed is held to: `make bench`. Each module here that has a `main` is one benchmark.

`main(sizes)` prints its tables and returns its verdicts; `sizes` are numbers of respondents. Candidates are raced by
`protocol.race`. Nothing here is a test, and nothing of the product imports it.
"""
