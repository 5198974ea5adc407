"""Reads the public data of a release: the unpacked pack, and the same numbers by REST and CSV."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.test import Client

from tests.disclosure.questionnaire import Definitions, read_definitions
from tests.support.response_comparison import complete_content

NUMBERS = ("base", "value", "unweighted_value", "se", "ci_low", "ci_high", "p_value", "level")
Identity = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Row:
    """One line of estimates.csv; numbers are None where the cell is empty."""

    release: str
    kind: str
    subject: str
    statistic: str
    option: str
    cohort: str
    unit: str
    method: str
    bound: str
    is_withheld: bool
    base: float | None
    value: float | None
    unweighted_value: float | None
    se: float | None
    ci_low: float | None
    ci_high: float | None
    p_value: float | None
    level: float | None

    @property
    def identity(self) -> Identity:
        return self.kind, self.subject, self.statistic, self.option, self.cohort

    def __str__(self) -> str:
        return " ".join(part for part in self.identity if part)


@dataclass(frozen=True)
class PublicRelease:
    slug: str
    threshold: int
    rows: tuple[Row, ...]
    definitions: Definitions
    pack: bytes

    @property
    def cohorts(self) -> list[str]:
        return list(dict.fromkeys(row.cohort for row in self.rows))

    @property
    def cohorts_of_each(self) -> list[list[str]]:
        """The cohorts of each release, where the rows come from several releases."""
        return [
            list(dict.fromkeys(row.cohort for row in self.rows if row.release == slug))
            for slug in dict.fromkeys(row.release for row in self.rows)
        ]

    def together_with(self, other: "PublicRelease") -> "PublicRelease":
        """Combines a release with an earlier one of the same answers that a reader has kept."""
        return replace(self, rows=(*self.rows, *other.rows))


def read_pack(content: bytes) -> PublicRelease:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        texts = {name: packed.read(name).decode() for name in packed.namelist()}
    facts = {row["name"]: row["value"] for row in csv.DictReader(io.StringIO(texts["release.csv"]))}
    definitions = {
        name.partition("/")[2]: text for name, text in texts.items() if name.startswith("definitions/")
    }
    rows = tuple(row_of(line) for line in csv.DictReader(io.StringIO(texts["estimates.csv"])))
    return PublicRelease(
        facts["release"], int(facts["threshold"]), rows, read_definitions(definitions), content
    )


def row_of(line: Mapping[str, Any]) -> Row:
    numbers = {name: number(line[name]) for name in NUMBERS}
    return Row(
        line["release"],
        line["subject_kind"],
        line["subject"],
        line["statistic"],
        line["option"],
        line["cohort"],
        line["unit"],
        line["method"],
        line["bound"],
        line["status"] != "published",
        **numbers,
    )


def number(cell: Any) -> float | None:
    return None if cell in ("", None) else float(cell)


def download(slug: str) -> PublicRelease:
    return read_pack(Client().get(f"/releases/{slug}/pack.zip").content)


def rows_by_rest(slug: str, token: str) -> Iterator[Row]:
    """Reads all pages of the JSON."""
    client = Client(headers={"authorization": f"Bearer {token}"})
    address = f"/api/v1/estimates/?release={slug}&page_size=1000"
    while address:
        body = json.loads(client.get(address).content)
        yield from (row_of(line) for line in body["results"])
        address = body["next"]


def rows_by_csv(slug: str, token: str) -> Iterator[Row]:
    client = Client(headers={"authorization": f"Bearer {token}"})
    text = complete_content(client.get(f"/api/v1/estimates/?release={slug}&format=csv")).decode()
    yield from (row_of(line) for line in csv.DictReader(io.StringIO(text)))
