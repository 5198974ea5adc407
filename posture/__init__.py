"""The answering side: analysis, releases, reports, API and pages of the project.

Every process of the product imports this package before numpy. The package therefore limits linear algebra to one
thread per process. Several processes share the cores, and with more threads each waits for the others. Environment
variables override the limit.
"""

import os

for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
