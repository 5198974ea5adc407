"""Loads the organisations of the reference file as a closed wave, and publishes it through the real verbs. A bare
threshold fails for 39 filters by sector, size and region, and every list of the resulting leaks is known."""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.test import override_settings

from posture.explorer.saved_queries import add_cut
from posture.models import Release
from posture.releases.lifecycle import compute_release, publish_release, request_release
from surveys.instrument.routing import AnswerValue
from surveys.models import Organization, Wave
from tests.support.builders import (
    NOW,
    chose,
    make_organization,
    make_response,
    make_user,
    make_wave,
    percent,
)
from tests.support.made_once import Document

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

MicrodataRow = dict[str, str]


def microdata_rows() -> list[MicrodataRow]:
    with (REFERENCE / "disclosure_microdata.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def attack_list() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((REFERENCE / "disclosure_attack_list.json").read_text())
    return found


def in_query(query: str) -> Callable[[MicrodataRow], bool]:
    """Returns a filter from its form in the list of attacks: industry=finance & region=EMEA."""
    values = dict(condition.split("=") for condition in query.split(" & ")) if query else {}
    return lambda row: all(row[name] == value for name, value in values.items())


def organizations_in(query: str) -> frozenset[str]:
    return frozenset(row["org_id"] for row in microdata_rows() if in_query(query)(row))


def has_records(row: MicrodataRow) -> bool:
    sector, organizations = FEW_HAVE_RECORDS
    return row["industry"] != NOBODY_HAS_RECORDS and (
        row["industry"] != sector or row["org_id"] in organizations
    )


@dataclass(frozen=True)
class OrganizationAnswers:
    """The answers of one organisation in both roles."""

    row: MicrodataRow

    @property
    def executive(self) -> dict[str, AnswerValue]:
        return {
            "A-C": percent(round(float(self.row["score"]))),
            "I-C": chose("yes" if self.row["visibility"] == "1" else "no"),
        }

    @property
    def engineer(self) -> dict[str, AnswerValue]:
        answers = {"COUNT": percent(int(self.row["respondents"]))}
        if has_records(self.row):
            answers["A-R"] = percent(round(100 - float(self.row["score"])), "exported")
        if self.row["incident"] == "1":
            other_option = AnswerValue(options=("other",), texts=(("other", free_text(self.row["org_id"])),))
            return answers | {"I-R": chose("yes"), "KEYS": other_option}
        return answers | {"I-R": chose("no")}


def free_text(name: str) -> str:
    return f"written by hand in {name}"


def closed_wave(slug: str = "attacked") -> Wave:
    return make_wave(slug=slug, is_open=False)


def submit_answers(wave: Wave, selected: Sequence[MicrodataRow]) -> None:
    for row in selected:
        frame = {}
        for name in ("industry", "size_band", "region"):
            dimension, _, value = COHORTS[f"{name}={row[name]}"].partition(":")
            frame[dimension] = value
        existing = Organization.objects.filter(slug=row["org_id"]).first()
        organization = existing or make_organization(row["org_id"], **frame)
        answers = OrganizationAnswers(row)
        make_response(wave, organization, "executive", answers.executive, submit=True)
        make_response(wave, organization, "engineer", answers.engineer, submit=True)


def add_cuts(wave: Wave, analyst: Any) -> None:
    for breaks in CUTS:
        add_cut(wave.pk, breaks=breaks, by=analyst, at=NOW)


def computed_draft(wave: Wave, analyst: Any) -> Release:
    with override_settings(SUPPRESSION_THRESHOLD=K):
        requested = request_release(wave.pk, by=analyst, at=NOW)
    compute_release(requested.pk, at=NOW)
    release = Release.objects.get(pk=requested.pk)
    assert release.status == Release.Status.DRAFT, release.failure
    return release


def published_release(wave: Wave, analyst: Any) -> Release:
    """Publishes a release with k = 5, as in the list."""
    publish_release(computed_draft(wave, analyst), by=analyst, at=NOW)
    return Release.objects.get(wave=wave, status=Release.Status.PUBLISHED)


def make_attacked_release() -> Document:
    """Makes the content of the prepared database `attacked-release`: the release of all organisations."""
    call_command("load_definitions", verbosity=0)
    analyst = make_user("analyst", is_staff=True)
    wave = closed_wave()
    submit_answers(wave, microdata_rows())
    add_cuts(wave, analyst)
    return {"release": published_release(wave, analyst).pk}
