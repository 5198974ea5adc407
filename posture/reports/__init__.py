"""Content of the report pages: released estimates and benchmarks, arranged and expressed as text.

It reads released rows and computes none. Explorer and views import it.
"""
