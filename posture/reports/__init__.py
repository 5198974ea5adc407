"""What pages say: released estimates and benchmarks, arranged and put into words.

It reads released rows and computes none. Explorer and views import it.
"""
