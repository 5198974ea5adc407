"""Paths of the lists of guards and survivors."""

from pathlib import Path

HERE = Path(__file__).parent
GUARDS, SURVIVORS = HERE / "guards.toml", HERE / "survivors.csv"
