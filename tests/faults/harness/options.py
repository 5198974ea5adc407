"""Size of a run: `make test-faults KILLS=500 SAVES=20000 DATABASE=postgres SEED=…` sets these in the environment."""

import os
import secrets
from random import Random

DATABASES = ("sqlite", "postgres")


def number(name: str, default: int) -> int:
    return int(os.environ.get(name) or default)


def on_all_databases() -> bool:
    """Returns whether a test runs on both databases, also where the first one shows nearly all faults, as in `make
    test-faults`."""
    return os.environ.get("EVERYWHERE") == "1"


def number_for(database: str, name: str, default: int) -> int:
    """Returns the number for a database. The default on PostgreSQL is a third, because `test_power` kills it as well.
    A requested number holds for both."""
    return number(name, default if database == "sqlite" else -(-default // 3))


def databases() -> tuple[str, ...]:
    requested = os.environ.get("DATABASE")
    if requested and requested not in DATABASES:
        raise ValueError(f"DATABASE={requested} is none of {', '.join(DATABASES)}")
    return (requested,) if requested else DATABASES


def seeded_random(harness: str) -> Random:
    """Prints the seed first, so that a failed run can be repeated."""
    seed = number("SEED", secrets.randbelow(1_000_000))
    print(f"\n{harness}: SEED={seed}", flush=True)
    return Random(seed)
