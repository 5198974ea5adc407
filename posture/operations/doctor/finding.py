"""The result of one check."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Finding:
    """`value` is read back from the running system, not from the configuration. `problem` is empty if the check
    passed."""

    name: str
    value: str
    problem: str = ""


Area = Callable[[datetime], Iterable[Finding]]


def make_finding(name: str, value: Any, *, is_wrong: bool = False, fix: str = "") -> Finding:
    """Makes a finding. `fix`: one sentence with the problem and its solution."""
    return Finding(name, str(value), fix if is_wrong else "")
