"""Marks requests that take more than 50 ms of processor time.

posture/web/concurrency_limits.py limits the marked requests.
"""

from collections.abc import Callable
from typing import Any, TypeVar

Marked = TypeVar("Marked", bound=Callable[..., Any])

SAFE_METHODS = ("GET", "HEAD")


def costly(*methods: str) -> Callable[[Marked], Marked]:
    """Marks a view, below its policy, or a class of views. Without methods, marks GET and HEAD."""

    def mark(view: Marked) -> Marked:
        view.costly_methods = methods or SAFE_METHODS  # type: ignore[attr-defined]
        return view

    return mark


def is_costly(view: Any, method: str) -> bool:
    """Returns whether a view is marked. `view` is a function, or the view function of a class."""
    return method in getattr(getattr(view, "cls", view), "costly_methods", ())
