"""How big a run is: `make test-faults KILLS=500 SAVES=20000 DATABASE=postgres SEED=…` sets these in the environment."""

import os
import secrets
from random import Random

DATABASES = ("sqlite", "postgres")


def number(name: str, default: int) -> int:
    return int(os.environ.get(name) or default)


def everywhere() -> bool:
    """`make test-faults` also takes the second database where the first shows nearly all."""
    return os.environ.get("EVERYWHERE") == "1"


def on(database: str, name: str, default: int) -> int:
    """A third of the default on PostgreSQL, which `test_power` kills besides. A number asked for holds on both."""
    return number(name, default if database == "sqlite" else -(-default // 3))


def databases() -> tuple[str, ...]:
    wanted = os.environ.get("DATABASE")
    if wanted and wanted not in DATABASES:
        raise ValueError(f"DATABASE={wanted} is none of {', '.join(DATABASES)}")
    return (wanted,) if wanted else DATABASES


def seeded(harness: str) -> Random:
    """Printed first, so that a run that failed can be had again."""
    seed = number("SEED", secrets.randbelow(1_000_000))
    print(f"\n{harness}: SEED={seed}", flush=True)
    return Random(seed)
