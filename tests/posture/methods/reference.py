"""Reads the tables of tests/reference; their origin and tolerance stand in the README beside them."""

import csv
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "reference"


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def cases(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text())
