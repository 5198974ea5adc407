"""The columns of every resource, as data in contract.json: name, type, meaning, and whether they may be empty."""

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def contract() -> dict[str, Any]:
    return dict(json.loads((Path(__file__).parent / "contract.json").read_text("utf-8")))


def columns(resource: str) -> list[str]:
    return [column["name"] for column in contract()[resource]]
