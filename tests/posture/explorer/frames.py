"""A cube of a dozen organisations in two waves, written by hand: the answers of the small questionnaire."""

import numpy as np

from posture.analysis.cubes.cube import Cube
from posture.analysis.cubes.frame import Dimension, Frame, Measure

SECTORS = ("retail", "energy", "")
SIZES = ("1-49", "50-249")
WAVES = ("spring", "autumn")

# organisation, sector, size, wave, incident on record, belief, evidence
ROWS = [
    (1, "retail", "1-49", "autumn", "yes", 90, 40),
    (2, "retail", "1-49", "autumn", "yes", 80, 50),
    (3, "retail", "50-249", "autumn", "no", 70, 60),
    (4, "retail", "50-249", "autumn", "no", 60, 60),
    (5, "retail", "1-49", "autumn", "dont-know", 50, 20),
    (6, "energy", "1-49", "autumn", "no", 80, 80),
    (7, "energy", "1-49", "autumn", "no", None, None),
    (8, "", "50-249", "autumn", "yes", 40, 50),
    (1, "retail", "1-49", "spring", "no", 90, 30),
    (2, "retail", "1-49", "spring", "no", None, None),
]
OPTIONS = ("yes", "no", "dont-know")


def cube() -> Cube:
    shares = tuple(Measure("item", "I-R", "share", option, "share", "wilson") for option in OPTIONS)
    pair = tuple(
        Measure("pair", "A-P", statistic, "", unit, "t")
        for statistic, unit in (("belief", "percent"), ("evidence", "percent"), ("gap", "points"))
    )
    pair_values = [
        (np.nan, np.nan) if belief is None else (belief, evidence) for *_, belief, evidence in ROWS
    ]
    numeric = np.array([(a, b, a - b) for a, b in pair_values], dtype=np.float32)
    return Cube.build(
        Frame(
            dimensions=(
                Dimension("sector", SECTORS),
                Dimension("size_band", SIZES),
                Dimension("wave", WAVES),
            ),
            segments=np.array(
                [(SECTORS.index(row[1]), SIZES.index(row[2]), WAVES.index(row[3])) for row in ROWS],
                dtype=np.uint8,
            ),
            yes_no=shares,
            binary=np.array([[row[4] == option for option in OPTIONS] for row in ROWS], dtype=np.int8),
            amounts=pair,
            numeric=numeric,
            weights=np.ones(len(ROWS)),
            organizations=np.array([row[0] for row in ROWS], dtype=np.int64),
        )
    )
