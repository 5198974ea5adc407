"""Writes the largest measured wave: many choices with "don't know", and three crossed cuts."""

from itertools import combinations

import numpy as np
from django.contrib.auth import get_user_model
from django.db import transaction

from benchmarks.generator import SEED, respondents
from benchmarks.rows.writing import CLOSES, NOW, add_rows, make_wave
from posture.explorer.saved_queries import add_cut
from surveys.fieldwork.waves import close_wave
from surveys.instrument.cohorts import DIMENSIONS
from surveys.models import Wave

SHARES = (0.5, 0.25, 0.1, 0.1, 0.05)
ITEM = """
[[items]]
code = "{code}"
section = "all"
role = "respondent"
kind = "context"
type = "single"
wording = "Which is it?"
options = [
  {{ code = "a", label = "The first" }},
  {{ code = "b", label = "The second" }},
  {{ code = "c", label = "The third" }},
  {{ code = "d", label = "Don't know", meaning = "dont_know" }},
]
"""


def make_closed_wave(organizations: int, items: int) -> Wave:
    """Leaves one in twenty answers open."""
    _, segments, _ = respondents(organizations)
    random = np.random.Generator(np.random.PCG64([SEED, items]))
    answers = random.choice(len(SHARES), size=(organizations, items), p=SHARES).astype(np.int8)
    answers[answers == len(SHARES) - 1] = -1
    wave = make_wave(items, ITEM)
    with transaction.atomic():
        add_rows(wave, answers, segments[:, :3])
    close_wave(wave, at=CLOSES)
    analyst = get_user_model().objects.create(username="analyst")
    for breaks in combinations([dimension.code for dimension in DIMENSIONS], 2):
        add_cut(wave.pk, breaks=breaks, by=analyst, at=NOW)
    return wave
