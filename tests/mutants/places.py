"""Where the lists are."""

from pathlib import Path

HERE = Path(__file__).parent
GUARDS, SURVIVORS = HERE / "guards.toml", HERE / "survivors.csv"
