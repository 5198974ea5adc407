"""Version of the product."""

import tomllib
from functools import cache
from pathlib import Path


@cache
def version() -> str:
    with (Path(__file__).resolve().parent.parent / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])
