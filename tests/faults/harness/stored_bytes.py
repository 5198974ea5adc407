"""Searches for bytes in everything that an installation stores."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.faults.harness.installation import Installation


def files(installation: Installation, *, without: Iterable[str] = ()) -> Iterator[Path]:
    """Yields the files of the data folder, and on PostgreSQL the database's files after a checkpoint. Its write-ahead
    log is the operator's archive, which the product cannot erase from; SECURITY.md says that."""
    folders = [installation.var]
    if installation.cluster is not None:
        installation.cluster.execute("CHECKPOINT")
        named = f"SELECT oid FROM pg_database WHERE datname = '{installation.database}'"
        [[oid]] = installation.cluster.execute(named)
        folders.append(installation.cluster.data / "base" / str(oid))
    left_out = {installation.var / name for name in without}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not any(path.is_relative_to(one) for one in left_out):
                yield path


def found(
    installation: Installation, words: Iterable[str], *, without: Iterable[str] = ()
) -> dict[str, list[str]]:
    """Returns the names of the files that hold each word."""
    wanted = {word: word.encode() for word in words}
    hits: dict[str, list[str]] = {}
    for path in files(installation, without=without):
        content = path.read_bytes()
        for word, raw in wanted.items():
            if raw in content:
                hits.setdefault(word, []).append(path.name)
    return hits
