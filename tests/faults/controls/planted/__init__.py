"""Settings that start the product with a planted fault, which a harness has to find."""
