"""Reads the definitions in a pack as plain TOML and JSON."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WORTHS = {"full": 1.0, "half": 0.5, "none": 0.0}
SUBSTANTIVE, NOT_APPLICABLE = "substantive", "not_applicable"


@dataclass(frozen=True)
class Item:
    code: str
    type: str
    role: str
    options: tuple[tuple[str, str, int | None], ...]
    gate: Mapping[str, Any]
    has_bases: bool
    minimum: float | None
    maximum: float | None

    @property
    def is_numeric(self) -> bool:
        return self.type in ("percent", "count")

    @property
    def takes_one(self) -> bool:
        return self.type != "multiple"

    def codes(self, *meanings: str) -> list[str]:
        return [code for code, meaning, _ in self.options if meaning in meanings]

    @property
    def substantive(self) -> list[str]:
        return self.codes(SUBSTANTIVE)

    @property
    def special(self) -> list[str]:
        """The options that are answers without substance."""
        return [code for code, meaning, _ in self.options if meaning not in (SUBSTANTIVE, NOT_APPLICABLE)]


@dataclass(frozen=True)
class Definitions:
    items: Mapping[str, Item]
    pairs: tuple[Mapping[str, Any], ...]
    indicators: tuple[Mapping[str, Any], ...]
    domains: tuple[Mapping[str, Any], ...]
    estimated: tuple[str, ...] = field(default=())


def read_definitions(texts: Mapping[str, str]) -> Definitions:
    """Reads definitions. texts: file name to content, as in the folder `definitions` of a pack."""
    questionnaire = tomllib.loads(texts["questionnaire.toml"])
    indicators = json.loads(texts.get("indicators.json") or '{"indicators": []}')
    scores = json.loads(texts.get("scores.json") or '{"domains": []}')
    bases = questionnaire.get("evidence_bases", [])
    items = [_item(entry, bool(bases)) for entry in questionnaire["items"]]
    core = {entry["code"] for entry in questionnaire["items"] if entry.get("status", "core") == "core"}
    return Definitions(
        items={item.code: item for item in items if item.code in core and item.type != "text"},
        pairs=tuple(
            entry for entry in questionnaire.get("pairs", []) if entry.get("status", "core") == "core"
        ),
        indicators=tuple(indicators["indicators"]),
        domains=tuple(scores["domains"]),
        estimated=tuple(entry["code"] for entry in bases if not entry.get("counts_as_evidence", True)),
    )


def _item(table: Mapping[str, Any], has_bases: bool) -> Item:
    options = tuple(
        (option["code"], option.get("meaning", SUBSTANTIVE), option.get("band"))
        for option in table.get("options", [])
    )
    return Item(
        code=table["code"],
        type=table["type"],
        role=table["role"],
        options=options,
        gate=table.get("ask_if", {}),
        has_bases=has_bases and table["kind"] == "evidence",
        minimum=table.get("minimum"),
        maximum=table.get("maximum"),
    )
