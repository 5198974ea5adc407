"""A model field that stores only sealed text.

A model instance seals the text when it is saved and decrypts it on access. Queries for values return sealed texts,
and `str()` decrypts one. The field prevents accidental writes and searches of plain text.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from surveys.encryption import sealing


class SealedText:
    """A sealed text as the database stores it."""

    def __init__(self, text: str, *, place: str) -> None:
        self.text, self.place = text, place

    @cached_property
    def _plain(self) -> str:
        return sealing.unseal(self.text, place=self.place)

    def __str__(self) -> str:
        """Decrypts the text. Raises SealingError."""
        return self._plain

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SealedText) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return "<sealed>"


class _DecryptOnAccess(DeferredAttribute):
    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        return str(value) if isinstance(value, SealedText) else value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class SealedTextField(models.TextField):
    """A text of a row with an `organization_id`, sealed with the key of that organisation, or of the installation."""

    descriptor_class = _DecryptOnAccess

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Presents the field to migrations as a text field."""
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.TextField", args, options

    @cached_property
    def place(self) -> str:
        return f"{self.model._meta.label}.{self.name}"

    def from_db_value(self, value: str | None, *_: Any) -> SealedText | str | None:
        return SealedText(value, place=self.place) if value else value

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname, "")
        if isinstance(value, SealedText) or not value:
            return value
        return self.sealed(str(value), organization_id=model_instance.organization_id)

    def sealed(self, text: str, *, organization_id: int | None) -> SealedText | str:
        """Returns the sealed form of a text, for updates of several rows."""
        if not text:
            return ""
        return SealedText(sealing.seal(text, organization_id, place=self.place), place=self.place)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, SealedText):
            return value.text
        if value:
            raise TypeError(f"{self.place} holds sealed text: it cannot be searched, and is written sealed")
        return value

    def to_python(self, value: Any) -> Any:
        return str(value) if isinstance(value, SealedText) else super().to_python(value)

    def value_to_string(self, obj: models.Model) -> str:
        """Returns the sealed text, so that a dump of rows contains no plain text."""
        value = obj.__dict__.get(self.attname, "")
        return value.text if isinstance(value, SealedText) else str(value)
