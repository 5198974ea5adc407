"""The demonstration as a prepared database. The real verbs that make it are slow."""

import json
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management import call_command

from tests.support.made_once import Maker


def demonstration(*, organizations: int) -> tuple[str, Maker]:
    """Returns the arguments of `fill_database`. The description is the content of `demo.json`."""
    return f"demo-{organizations}", partial(_make, organizations)


def _make(organizations: int) -> dict[str, Any]:
    call_command("load_definitions", verbosity=0)
    call_command("seed_demo", organizations=organizations, verbosity=0)
    return dict(json.loads((settings.VAR / "demo.json").read_text()))
