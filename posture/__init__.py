"""The answering side. Every process of the product imports this package before numpy, so it is the place that keeps
linear algebra to one thread each: several processes share the cores, and with more threads each waits for the others.
The environment may say otherwise."""

import os

for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
