"""Things that are made once in a test run, for all its workers."""

import contextlib
import fcntl
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.environment import shared_folder

Document = dict[str, Any]
Maker = Callable[[], Document]


def made_once(name: str, make: Maker) -> Document:
    """Returns the result of `make`, which only the first caller calls. It must be valid as JSON."""
    document = shared_folder / f"{name}.json"
    with _locked(shared_folder / f"{name}.lock"):
        if not document.exists():
            document.write_text(json.dumps(make()))
    return dict(json.loads(document.read_text()))


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
