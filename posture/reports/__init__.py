"""What the pages say: released estimates and benchmarks, arranged and put into words."""
