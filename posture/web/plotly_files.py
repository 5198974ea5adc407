"""Serves plotly.js from the plotly wheel as static files, without copying it into the repository."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

FILES = {"plotly/plotly.min.js": "plotly.min.js"}


def package_data() -> Path:
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("The plotly package is not installed.")
    return Path(spec.origin).parent / "package_data"


class AliasStorage(FileSystemStorage):
    """Static file storage that contains exactly FILES, under their public names."""

    def path(self, name: str) -> str:
        return str(package_data() / FILES[name])


class PlotlyFinder(BaseFinder):
    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        paths = [str(package_data() / FILES[path])] if path in FILES else []
        return paths if find_all else (paths[0] if paths else [])

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        storage = AliasStorage(location=package_data())
        for name in FILES:
            yield name, storage
