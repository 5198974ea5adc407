"""Creates the demonstration for tests through the real verbs, which is slow; on SQLite it is then copied."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection


def make_demo_database(*, organizations: int) -> dict[str, Any]:
    """Fills an empty database and commits. Returns the content of `demo.json`."""
    stored_database, stored_description = (
        settings.VAR / f"demo-{organizations}.{kind}" for kind in ("sqlite3", "json")
    )
    description = settings.VAR / "demo.json"
    if stored_database.exists():
        _copy(stored_database, connection.settings_dict["NAME"])
        shutil.copy(stored_description, description)
    else:
        call_command("load_definitions", verbosity=0)
        call_command("seed_demo", organizations=organizations, verbosity=0)
        if connection.vendor == "sqlite":
            _copy(connection.settings_dict["NAME"], stored_database)
            shutil.copy(description, stored_description)
    return dict(json.loads(description.read_text()))


def _copy(source: Path | str, target: Path | str) -> None:
    with (
        closing(sqlite3.connect(source)) as source_database,
        closing(sqlite3.connect(target)) as target_database,
    ):
        source_database.backup(target_database)
