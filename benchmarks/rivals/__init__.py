"""The sums of a cut by other engines, each in the formulation that was fastest of several that were tried: group by
the tuple of the six dimensions first, then add up by each dimension and in all."""
