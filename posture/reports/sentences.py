"""Sentences whose numbers keep the address of their receipt, so that every form of a report can link or print them."""

from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter
from typing import Protocol


class Receipted(Protocol):
    """A number as text, with the address of the page that shows how it was computed."""

    @property
    def text(self) -> str: ...

    @property
    def address(self) -> str: ...


@dataclass(frozen=True)
class Count:
    """A number that counts rows of a page. Its receipt is that page."""

    text: str
    address: str


@dataclass(frozen=True)
class Part:
    """A piece of a sentence. address: empty for text that is not a number."""

    text: str
    address: str = ""


@dataclass(frozen=True)
class Sentence:
    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return "".join(part.text for part in self.parts)

    def __iter__(self) -> Iterator[Part]:
        return iter(self.parts)

    @property
    def numbers(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.address)


def sentence(template: str, **values: Receipted | str) -> Sentence:
    """Fills a translated template. Its placeholders are names: a number keeps its receipt, a text is only text.

    Raises KeyError for a placeholder without a value."""
    parts: list[Part] = []
    for text, name, _, _ in Formatter().parse(template):
        if text:
            parts.append(Part(text))
        if name is not None:
            value = values[name]
            parts.append(Part(value) if isinstance(value, str) else Part(value.text, value.address))
    return Sentence(tuple(parts))
