"""Candidates that compute the sums of a cut with other engines. Each uses the fastest of several tried formulations:
group by the tuple of the six dimensions first, then add up by each dimension and in total."""
