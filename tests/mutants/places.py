"""Where the lists are."""

from pathlib import Path

from posture.launch.places import ROOT

HERE = Path(__file__).parent
GUARDS, SURVIVORS = HERE / "guards.toml", HERE / "survivors.csv"

__all__ = ["GUARDS", "ROOT", "SURVIVORS"]
