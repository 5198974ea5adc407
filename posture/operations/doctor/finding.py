"""One thing that was looked at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Finding:
    """`value` is what was read back, never what was configured. `problem` is empty when it is as it should be."""

    name: str
    value: str
    problem: str = ""


Area = Callable[[datetime], Iterable[Finding]]


def found(name: str, value: Any, *, wrong: bool = False, fix: str = "") -> Finding:
    """`fix`: what is wrong and what to do, in one sentence."""
    return Finding(name, str(value), fix if wrong else "")
