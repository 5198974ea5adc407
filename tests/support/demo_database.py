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


def sow(*, organizations: int) -> dict[str, Any]:
    """Fills an empty database and commits. Returns the content of `demo.json`."""
    kept, told = (settings.VAR / f"sown-{organizations}.{kind}" for kind in ("sqlite3", "json"))
    written = settings.VAR / "demo.json"
    if kept.exists():
        _copy(kept, connection.settings_dict["NAME"])
        shutil.copy(told, written)
    else:
        call_command("load_definitions", verbosity=0)
        call_command("seed_demo", organizations=organizations, verbosity=0)
        if connection.vendor == "sqlite":
            _copy(connection.settings_dict["NAME"], kept)
            shutil.copy(written, told)
    return dict(json.loads(written.read_text()))


def _copy(source: Path | str, target: Path | str) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)
