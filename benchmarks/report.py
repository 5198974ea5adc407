"""Measurements as Markdown tables, and their targets."""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "numpy",
    "scipy",
    "pandas",
    "polars",
    "duckdb",
    "pyarrow",
    "psycopg",
    "django",
    "orjson",
    "plotly",
)


@dataclass(frozen=True)
class Verdict:
    """A target: the measured ratio must not exceed the allowed one."""

    target: str
    measured: float
    allowed: float

    @property
    def is_held(self) -> bool:
        return self.measured <= self.allowed

    def cells(self) -> tuple[str, ...]:
        return (
            self.target,
            figure(self.measured),
            figure(self.allowed),
            "pass" if self.is_held else "**MISS**",
        )


def figure(value: float) -> str:
    """Formats a number with three significant digits."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def machine() -> str:
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in _lines(Path("/proc/cpuinfo"))
            if line.startswith("model name")
        ),
        platform.processor() or platform.machine(),
    )
    memory = next(
        (line.split()[1] for line in _lines(Path("/proc/meminfo")) if line.startswith("MemTotal")), "0"
    )
    versions = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {cpu}, {os.cpu_count()} cores, {int(memory) / 2**20:.0f} GB, "
        f"load {os.getloadavg()[0]:.1f}; Python {platform.python_version()}, {versions}"
    )


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"
