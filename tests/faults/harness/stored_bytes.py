"""Searches for bytes in everything that an installation stores."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.faults.harness.installation import Installation


def stored_files(installation: Installation, *, excluded_names: Iterable[str] = ()) -> Iterator[Path]:
    """Yields the files of the data folder, and on PostgreSQL the database's files after a checkpoint. Its write-ahead
    log is the operator's archive, which the product cannot erase from; SECURITY.md says that."""
    folders = [installation.var]
    if installation.cluster is not None:
        installation.cluster.execute("CHECKPOINT")
        statement = f"SELECT oid FROM pg_database WHERE datname = '{installation.database}'"
        [[oid]] = installation.cluster.execute(statement)
        folders.append(installation.cluster.data / "base" / str(oid))
    excluded = {installation.var / name for name in excluded_names}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not any(
                path.is_relative_to(folder_left_out) for folder_left_out in excluded
            ):
                yield path


def files_holding(
    installation: Installation, words: Iterable[str], *, excluded_names: Iterable[str] = ()
) -> dict[str, list[str]]:
    """Returns the names of the files that hold each word."""
    encoded_words = {word: word.encode() for word in words}
    hits: dict[str, list[str]] = {}
    for path in stored_files(installation, excluded_names=excluded_names):
        content = path.read_bytes()
        for word, raw in encoded_words.items():
            if raw in content:
                hits.setdefault(word, []).append(path.name)
    return hits
