"""Loads the organisations of the reference file as a closed wave, and publishes it through the real verbs. A bare
threshold fails for 39 filters by sector, size and region, and every list of the resulting leaks is known."""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.test import override_settings

from posture.explorer.saved_queries import add_cut
from posture.models import Release
from posture.releases.lifecycle import compute_release, publish_release, request_release
from surveys.instrument.routing import AnswerValue
from surveys.models import Organization, Wave
from tests.support.builders import NOW, chose, make_organization, make_response, make_wave, percent

REFERENCE = Path(__file__).parents[2] / "reference/methods"
K = 5
CUTS = (("sector", "size_band"), ("sector", "region"), ("size_band", "region"))
COHORTS = {
    "industry=finance": "sector:financial-services",
    "industry=health": "sector:healthcare",
    "industry=manufacturing": "sector:manufacturing",
    "industry=public": "sector:public-sector",
    "industry=telecom": "sector:telecommunications",
    "size_band=small": "size_band:1-49",
    "size_band=medium": "size_band:50-249",
    "size_band=large": "size_band:250-999",
    "region=EMEA": "region:europe",
    "region=AMER": "region:north-america",
    "region=APAC": "region:asia-pacific",
}
ITEM_OF = {"incident": "I-R", "visibility": "I-C"}
NOBODY_HAS_RECORDS, FEW_HAVE_RECORDS = "telecom", ("public", ("m005", "m010", "m019"))

Line = dict[str, str]


def lines() -> list[Line]:
    with (REFERENCE / "disclosure_microdata.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def attacks() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((REFERENCE / "disclosure_attack_list.json").read_text())
    return found


def in_query(query: str) -> Callable[[Line], bool]:
    """Returns a filter from its form in the list of attacks: industry=finance & region=EMEA."""
    wanted = dict(part.split("=") for part in query.split(" & ")) if query else {}
    return lambda line: all(line[name] == value for name, value in wanted.items())


def members(query: str) -> frozenset[str]:
    return frozenset(line["org_id"] for line in lines() if in_query(query)(line))


def has_records(line: Line) -> bool:
    sector, few = FEW_HAVE_RECORDS
    return line["industry"] != NOBODY_HAS_RECORDS and (line["industry"] != sector or line["org_id"] in few)


@dataclass(frozen=True)
class Person:
    """The answers of one organisation in both roles."""

    line: Line

    @property
    def executive(self) -> dict[str, AnswerValue]:
        return {
            "A-C": percent(round(float(self.line["score"]))),
            "I-C": chose("yes" if self.line["visibility"] == "1" else "no"),
        }

    @property
    def engineer(self) -> dict[str, AnswerValue]:
        given = {"COUNT": percent(int(self.line["respondents"]))}
        if has_records(self.line):
            given["A-R"] = percent(round(100 - float(self.line["score"])), "exported")
        if self.line["incident"] == "1":
            other = AnswerValue(options=("other",), texts=(("other", free_text(self.line["org_id"])),))
            return given | {"I-R": chose("yes"), "KEYS": other}
        return given | {"I-R": chose("no")}


def free_text(name: str) -> str:
    return f"written by hand in {name}"


def closed_wave(slug: str = "attacked") -> Wave:
    return make_wave(slug=slug, is_open=False)


def answer(wave: Wave, some: Sequence[Line]) -> None:
    for line in some:
        frame = {}
        for name in ("industry", "size_band", "region"):
            dimension, _, value = COHORTS[f"{name}={line[name]}"].partition(":")
            frame[dimension] = value
        known = Organization.objects.filter(slug=line["org_id"]).first()
        organization = known or make_organization(line["org_id"], **frame)
        person = Person(line)
        make_response(wave, organization, "executive", person.executive, submit=True)
        make_response(wave, organization, "engineer", person.engineer, submit=True)


def cross(wave: Wave, analyst: Any) -> None:
    for breaks in CUTS:
        add_cut(wave.pk, breaks=breaks, by=analyst, at=NOW)


def computed(wave: Wave, analyst: Any) -> Release:
    with override_settings(SUPPRESSION_THRESHOLD=K):
        requested = request_release(wave.pk, by=analyst, at=NOW)
    compute_release(requested.pk, at=NOW)
    release = Release.objects.get(pk=requested.pk)
    assert release.status == Release.Status.DRAFT, release.failure
    return release


def published(wave: Wave, analyst: Any) -> Release:
    """Publishes a release with k = 5, as in the list."""
    publish_release(computed(wave, analyst), by=analyst, at=NOW)
    return Release.objects.get(wave=wave, status=Release.Status.PUBLISHED)
