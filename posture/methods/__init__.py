"""Formulas of the statistics: numbers in, numbers out.

Each is compared with figures that were computed elsewhere. Pure; the whole answering side may import it. `VERSION` goes
up with every change that could move a published digit.
"""

VERSION = "1.1"
