"""The statement of a synthetic wave: how it was actually conducted."""

from typing import Any


def synthetic_statement(organizations: int) -> dict[str, Any]:
    """organizations: how many the program created for the wave; all of them are invited."""
    return {
        "sponsor": "Nobody: a demonstration",
        "conducted_by": "The program itself, with the command seed_demo",
        "population": "Synthetic organisations, made by a seeded random generator. They stand for no real ones.",
        "population_size": organizations,
        "frame": "The list of the synthetic organisations that were made for this wave",
        "sampling": "census",
        "recruitment": "None: synthetic invitations, and nobody was contacted",
        "mode": "Synthetic answers, drawn at random and saved as a respondent on the web would save them",
        "language": "English",
        "eligible_percent": 100.0,
        "eligible_source": "Every synthetic organisation exists and can answer",
    }
