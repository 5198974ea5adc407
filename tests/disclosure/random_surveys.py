"""Generates random questionnaires with indicators and scores, as definition files. Every choice comes from the given
generator, so that hypothesis can replay and shrink it."""

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from posture.definitions import indicators as indicator_definitions
from posture.definitions import scores as score_definitions

ROLES = ("executive", "engineer")
SECTIONS = ("agents", "incidents")
BANDED = "ordinal_time"
SPECIAL = {
    "dont-know": "dont_know",
    "nothing-kept": "no_evidence",
    "not-relevant": "not_applicable",
    "rather-not": "declined",
}


@dataclass
class Survey:
    """One survey as plain tables in the shape of the definition files."""

    slug: str
    requires_dont_know: bool = False
    has_bases: bool = True
    items: list[dict[str, Any]] = field(default_factory=list)
    pairs: list[dict[str, Any]] = field(default_factory=list)
    indicators: list[dict[str, Any]] = field(default_factory=list)
    domains: list[dict[str, Any]] = field(default_factory=list)

    def questionnaire(self) -> str:
        """Returns the questionnaire as TOML."""
        head = {
            "slug": self.slug,
            "version": "1",
            "title": "Random survey",
            "unit": "organization",
            "introduction": "For tests.",
            "source": "Made up by a generator.",
            "requires_dont_know": self.requires_dont_know,
        }
        lines = [f"{name} = {json.dumps(value)}" for name, value in head.items()]
        lines.append("reviewed_on = 2026-01-01")
        tables: list[tuple[str, dict[str, Any]]] = []
        tables += [("roles", {"code": code, "label": code, "minutes": 1}) for code in ROLES]
        tables += [("sections", {"code": code, "title": code}) for code in SECTIONS]
        if self.has_bases:
            tables.append(("evidence_bases", {"code": "exported", "label": "Exported"}))
            tables.append(
                ("evidence_bases", {"code": "guess", "label": "Guess", "counts_as_evidence": False})
            )
        tables += [("pairs", pair) for pair in self.pairs] + [("items", item) for item in self.items]
        for name, table in tables:
            lines.append(f"\n[[{name}]]")
            lines += [f"{key} = {_toml(value)}" for key, value in table.items()]
        return "\n".join(lines) + "\n"

    def indicator_file(self) -> indicator_definitions.IndicatorFile:
        return indicator_definitions.IndicatorFile.model_validate(
            {"questionnaire": self.slug, "reviewed_on": "2026-01-01", "indicators": self.indicators}
        )

    def score_file(self) -> score_definitions.ScoreFile | None:
        if not self.domains:
            return None
        return score_definitions.ScoreFile.model_validate(
            {"questionnaire": self.slug, "version": "1", "reviewed_on": "2026-01-01", "domains": self.domains}
        )


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(entry)}" for key, entry in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


def random_survey(random: Random, slug: str) -> Survey:
    survey = Survey(slug, has_bases=random.random() < 0.8)
    gates = [_context(random, survey, f"C{number}") for number in range(random.randint(1, 2))]
    for number in range(random.randint(1, 3)):
        _pair(random, survey, f"P{number}", gates)
    for number in range(random.randint(0, 3)):
        kind = random.choice(["single", "multiple", "scale", "percent", "count", "yes_no"])
        role = random.choice([*ROLES, "any"])
        _add(random, survey, f"X{number}", kind, "evidence" if role == "engineer" else "context", role, gates)
    _indicators(random, survey)
    _domains(random, survey)
    return survey


def _context(random: Random, survey: Survey, code: str) -> dict[str, Any]:
    return _add(random, survey, code, random.choice(["count", "single", "yes_no"]), "context", "engineer", [])


def _add(
    random: Random,
    survey: Survey,
    code: str,
    type_: str,
    kind: str,
    role: str,
    gates: list[dict[str, Any]],
    *,
    bands: bool = False,
    pair: str = "",
) -> dict[str, Any]:
    item: dict[str, Any] = {
        "code": code,
        "section": random.choice(SECTIONS),
        "role": role,
        "kind": kind,
        "type": type_,
        "wording": "A question?",
        "options": [*_substantive(random, type_, bands), *_special(random, kind, 0.97 if pair else 0.6)],
    }
    if type_ in ("percent", "count"):
        item["minimum"] = 0
        if type_ == "percent":
            item["maximum"] = 100
    gate = random.choice([None, *gates])
    if gate is not None:
        item["ask_if"] = _opened_by(random, gate)
    if pair:
        item["pair"] = pair
    survey.items.append(item)
    return item


def _substantive(random: Random, type_: str, bands: bool) -> list[dict[str, Any]]:
    if type_ in ("percent", "count"):
        return []
    codes = ["yes", "no"] if type_ == "yes_no" else [f"o{n}" for n in range(random.randint(2, 5))]
    options: list[dict[str, Any]] = [{"code": code, "label": code} for code in codes]
    if bands:
        options = [option | {"band": place} for place, option in enumerate(options, start=1)]
    if type_ == "multiple" and random.random() < 0.5:
        options.append({"code": "none", "label": "None", "exclusive": True})
    return options


def _special(random: Random, kind: str, dont_know: float) -> list[dict[str, Any]]:
    chances = {
        "dont-know": dont_know,
        "nothing-kept": 0.4 if kind == "evidence" else 0.0,
        "not-relevant": 0.2,
        "rather-not": 0.1,
    }
    return [
        {"code": code, "label": code, "meaning": meaning}
        for code, meaning in SPECIAL.items()
        if random.random() < chances[code]
    ]


def _opened_by(random: Random, gate: dict[str, Any]) -> dict[str, Any]:
    if gate["type"] == "count":
        return {"item": gate["code"], "not_equal": 0}
    codes = [option["code"] for option in gate["options"] if "meaning" not in option]
    return {"item": gate["code"], "any_of": random.sample(codes, random.randint(1, len(codes) - 1))}


def _pair(random: Random, survey: Survey, code: str, gates: list[dict[str, Any]]) -> None:
    gap = random.choice(["percent", "binary", "binary_derived", "informant", BANDED])
    types = {
        "percent": ["percent"],
        "binary": ["yes_no", "single"],
        "binary_derived": ["scale", "single"],
        "informant": ["single", "yes_no"],
        BANDED: ["single"],
    }[gap]
    pair: dict[str, Any] = {
        "code": code,
        "label": code,
        "object": "An object",
        "gap": gap,
        "unit": "organisations",
    }
    for half, role in (("belief", "executive"), ("evidence", "engineer")):
        name = f"{code}{half[0].upper()}"
        item = _add(
            random, survey, name, random.choice(types), half, role, gates, bands=gap == BANDED, pair=code
        )
        pair[half] = name
        if gap not in ("percent", BANDED):
            codes = [option["code"] for option in item["options"] if "meaning" not in option]
            pair[f"{half}_yes"] = random.sample(codes, random.randint(1, len(codes) - 1))
    survey.pairs.append(pair)


def _indicators(random: Random, survey: Survey) -> None:
    for number in range(random.randint(0, 4)):
        item = random.choice(survey.items)
        indicator: dict[str, Any] = {
            "code": f"i{number}",
            "item": item["code"],
            "label": "An indicator",
            "dont_know": random.choice(["in_base", "out_of_base"]),
        }
        if item["type"] in ("percent", "count"):
            indicator["statistic"] = random.choice(["mean", "share_at", "share_below"])
            if indicator["statistic"] != "mean":
                indicator["threshold"] = random.choice([50, 100])
        else:
            codes = [
                option["code"] for option in item["options"] if option.get("meaning") != "not_applicable"
            ]
            indicator |= {
                "statistic": "share",
                "counts": random.sample(codes, random.randint(1, len(codes) - 1)),
            }
        survey.indicators.append(indicator)


def _domains(random: Random, survey: Survey) -> None:
    evidence = [
        item
        for item in survey.items
        if item["kind"] == "evidence" and item["type"] in ("percent", "single", "yes_no")
    ]
    random.shuffle(evidence)
    for code in SECTIONS[: random.randint(0, len(SECTIONS))]:
        items, evidence = evidence[:2], evidence[2:]
        if items:
            survey.domains.append({"code": code, "items": [_scored(random, item) for item in items]})


def _scored(random: Random, item: dict[str, Any]) -> dict[str, Any]:
    if item["type"] == "percent":
        return {"item": item["code"]}
    scored: dict[str, Any] = {"item": item["code"], "full": [], "half": [], "none": []}
    for option in item["options"]:
        if "meaning" not in option:
            points = random.choice(["full", "half", "none"]) if scored["full"] else "full"
            scored[points].append(option["code"])
    return scored
