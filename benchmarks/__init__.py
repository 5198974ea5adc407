"""Benchmarks of the product with targets for its speed: `make bench`. Each module with a `main` is one benchmark.

`main(sizes)` prints its tables and returns its verdicts; `sizes` are numbers of respondents. `protocol.race` measures
the candidates. The package contains no tests, and no code of the product imports it.
"""
