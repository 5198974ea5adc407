"""Marks requests that take more than 50 ms of a processor. What the project does with them is in
posture/web/concurrency_limits.py."""

from collections.abc import Callable
from typing import Any, TypeVar

Marked = TypeVar("Marked", bound=Callable[..., Any])

READING = ("GET", "HEAD")


def costly(*methods: str) -> Callable[[Marked], Marked]:
    """On a view, below its policy, or on a class of views; without methods, whoever reads."""

    def mark(view: Marked) -> Marked:
        view.costly_methods = methods or READING  # type: ignore[attr-defined]
        return view

    return mark


def is_costly(view: Any, method: str) -> bool:
    """view: a function, or what a class made."""
    return method in getattr(getattr(view, "cls", view), "costly_methods", ())
