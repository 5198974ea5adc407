"""Statistical formulas: numbers in, numbers out.

Each is compared with figures that were computed elsewhere. Pure; the whole answering side may import it. `VERSION`
increases with every change that could change a published digit.
"""

VERSION = "1.1"
