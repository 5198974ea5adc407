"""Collects everything that the routes of a release reveal. It requests every route that the public, a token or a
member may read, in every way. It matches each number in a response to the number of the release that it claims to
be."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpResponse
from django.test import Client
from django.urls import resolve
from django.utils.html import strip_tags

from posture.accounts.tokens import create_token
from posture.models import Benchmark, Estimate, Release, TargetSet
from posture.web.routes import Route, routes
from tests.support.builders import NOW
from tests.support.response_comparison import complete_content

Identity = tuple[str, str, str, str, str]
NUMBERS = ("base", "weighted_base", "effective_base", "value", "unweighted_value", "bound", "se", "ci_low", "ci_high",
           "p_value")  # fmt: skip
SOME = 3
# A receipt is one view of one row of the table, which every other route shows as a whole. Every fifth receipt is
# opened, and those of all means.
EVERY, WHOLE = 5, "mean"
GAP_PARTS = (
    "belief",
    "evidence",
    "over",
    "aligned",
    "under",
    "no_evidence",
    "belief_dont_know",
    "evidence_dont_know",
)
DIFFERENCES = {"rest": "_vs_rest", "earlier_wave": "_change"}
LINK = re.compile(r'<a[^>]*href="([^"]*/numbers/[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
CHART = re.compile(r'<script id="[^"]*" type="application/json">(.*?)</script>', re.DOTALL)
RECEIPT = re.compile(
    r'<p class="big[^"]*">(.*?)(?:<|$).*?(?:Interval (.*?) at level.*?)?<th scope="row">Base</th><td>(.*?)\. ',
    re.DOTALL,
)


@dataclass(frozen=True)
class Answer:
    route: str
    address: str
    status: int
    kind: str
    file_name: str
    content: bytes

    @property
    def text(self) -> str:
        """Returns the content as text, also of the files in an archive."""
        if self.kind != "application/zip":
            return self.content.decode()
        with zipfile.ZipFile(io.BytesIO(self.content)) as packed:
            return "\n".join(f"{name}\n{packed.read(name).decode()}" for name in packed.namelist())


@dataclass(frozen=True)
class Claim:
    """A statement of a route about one number. `field`: a column of a table, `drawn` on an axis, or `words`."""

    door: str
    number: Identity
    field: str
    value: Any


# Requests.


class Doors:
    def __init__(self, release: Release, *, member: str, reader: Any) -> None:
        """`member`: the slug of the organisation whose report `reader` may read."""
        self.release, self.member = release, member
        _, token = create_token(
            release.requested_by, name="doors", expires_at=NOW + timedelta(days=1), at=NOW
        )
        signed_in = Client()
        signed_in.force_login(reader)
        self.clients = {
            "public": Client(),
            "token": Client(headers={"authorization": f"Bearer {token}"}),
            "member": signed_in,
        }
        rows = release.estimates.order_by("id")
        self.cohorts = list(dict.fromkeys(rows.values_list("cohort", flat=True)))

    def routes(self) -> list[Route]:
        return [one for one in routes() if "GET" in one.methods and one.access in self.clients]

    def answers(self) -> Iterator[Answer]:
        for route in self.routes():
            for path in self._paths(route):
                for query in self._queries(route):
                    yield self.ask(route, path, query)

    def ask(self, route: Route, path: str, query: dict[str, str]) -> Answer:
        address = f"{path}?{urlencode(query)}" if query else path
        found: HttpResponse = self.clients[str(route.access)].get(address)  # type: ignore[assignment]
        kind = found.get("Content-Type", "").partition(";")[0]
        name = found.get("Content-Disposition", "")
        return Answer(route.name, address, found.status_code, kind, name, complete_content(found))

    def _paths(self, route: Route) -> Iterable[str]:
        if route.name == "posture:number":
            has_option = "<str:option>" in route.pattern
            rows = [
                row
                for place, row in enumerate(self.release.estimates.order_by("id"))
                if place % EVERY == 0 or row.statistic == WHOLE
            ]
            return (row.get_absolute_url() for row in rows if bool(row.option) is has_option)
        return (
            re.sub(r"<(?:\w+:)?(\w+)>", lambda found, values=values: values[found[1]], route.pattern)  # type: ignore[misc]
            for values in self._parameters(route)
        )

    def _parameters(self, route: Route) -> list[dict[str, str]]:
        if route.pattern.startswith("/organizations/"):
            return [{"slug": self.member, "wave": self.release.wave.slug}]
        if "<str:code>" in route.pattern or "<slug:code>" in route.pattern:
            model: Any = TargetSet if route.name == "posture:targets" else Benchmark
            return [{"code": code} for code in model.objects.values_list("code", flat=True)[:SOME]]
        known = {"slug": self.release.slug, "key": self.release.wave.questionnaire.key}
        return [known | {"token": "nobody", "uidb36": "1"}]

    def _queries(self, route: Route) -> list[dict[str, str]]:
        if route.name in ("posture:number", "posture:pack"):
            return [{}]
        if route.access == "token":
            return [{"release": self.release.slug, "format": kind} for kind in ("json", "csv")]
        if route.pattern.startswith(("/releases/<", "/organizations/")):
            sections = self.release.wave.questionnaire.definition.sections
            return [
                {},
                *({"cohort": cohort} for cohort in self.cohorts),
                *({"section": one.code} for one in sections),
            ]
        return [{}]


# Reading.


def claims(answer: Answer, machine: Client) -> Iterator[Claim]:
    if answer.status != 200:
        return
    if answer.kind == "application/json":
        yield from _of_json(answer, machine)
    elif answer.kind == "text/csv":
        yield from _of_table(answer.route, csv.DictReader(io.StringIO(answer.text)))
    elif answer.kind == "application/zip":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
            table = packed.read("estimates.csv").decode()
        yield from _of_table(answer.route, csv.DictReader(io.StringIO(table)))
    elif answer.kind == "text/html":
        yield from _of_page(answer)


def _of_json(answer: Answer, machine: Client) -> Iterator[Claim]:
    """Yields the claims of all pages of the list."""
    body = json.loads(answer.text)
    while isinstance(body, dict) and "results" in body:
        yield from _of_table(answer.route, body["results"])
        if not body["next"]:
            return
        body = machine.get(body["next"]).json()


def _of_table(door: str, rows: Iterable[dict[str, Any]]) -> Iterator[Claim]:
    for row in rows:
        if not row.get("receipt"):
            continue
        number = identity_of(row["receipt"])
        if "cohort_gap" in row:
            yield from _of_own_report(door, number, row)
        elif "gap_ci_low" in row:
            yield from _of_gap(door, number, row)
        elif "compared_with" in row:
            yield from _of_comparison(door, number, row)
        else:
            yield Claim(door, number, "status", row["status"])
            yield from (Claim(door, number, name, plain(row[name])) for name in NUMBERS if name in row)


def _of_gap(door: str, gap: Identity, row: dict[str, Any]) -> Iterator[Claim]:
    yield Claim(door, gap, "status", row["status"])
    columns = {
        "base": "base",
        "gap": "value",
        "gap_bound": "bound",
        "gap_ci_low": "ci_low",
        "gap_ci_high": "ci_high",
    }
    yield from (Claim(door, gap, field, plain(row[name])) for name, field in columns.items())
    yield Claim(door, beside(gap, "over"), "base", plain(row["types_base"]))
    for part in GAP_PARTS:
        yield Claim(door, beside(gap, part), "value", plain(row[part]))
        yield Claim(door, beside(gap, part), "bound", plain(row[f"{part}_bound"]))


def _of_comparison(door: str, number: Identity, row: dict[str, Any]) -> Iterator[Claim]:
    """Of a benchmark, the organisation's figure follows from the published figure and the difference. Any other
    difference is a number itself."""
    difference = plain(row["difference"])
    if row["compared_with"] == "benchmark":
        figure = 0.0 if difference is None else 100 * difference + plain(row["benchmark_value"])
        yield Claim(door, number, "compared", None if difference is None else figure)
        return
    of = beside(number, f"{number[2]}{DIFFERENCES.get(row['compared_with'], '')}")
    yield Claim(door, of, "value", difference)
    yield from (Claim(door, of, name, plain(row[name])) for name in ("ci_low", "ci_high"))


def _of_own_report(door: str, gap: Identity, row: dict[str, Any]) -> Iterator[Claim]:
    yield Claim(door, gap, "base", plain(row["cohort_base"]))
    for part in ("belief", "evidence", "gap"):
        yield Claim(door, beside(gap, part), "drawn", plain(row[f"cohort_{part}"]))
        yield Claim(door, beside(gap, part), "bound", plain(row[f"cohort_{part}_bound"]))


def _of_page(answer: Answer) -> Iterator[Claim]:
    page = answer.text
    for address, words in LINK.findall(page):
        yield Claim(answer.route, identity_of(address), "words", strip_tags(words).strip())
    if answer.route == "posture:number":
        number = identity_of(answer.address)
        found = RECEIPT.search(page)
        assert found is not None, answer.address
        yield Claim(answer.route, number, "words", found[1].strip())
        yield Claim(answer.route, number, "interval", found[2] or "")
        yield Claim(answer.route, number, "base", None if found[3] == "[c]" else plain(found[3]))
    for chart in CHART.findall(page):
        for trace in json.loads(chart)["data"]:
            yield from _of_trace(answer.route, trace)


def _of_trace(door: str, trace: dict[str, Any]) -> Iterator[Claim]:
    texts = trace.get("hovertext") or trace.get("text") or []
    for place, address in enumerate(trace.get("customdata", ())):
        if "/numbers/" not in address:
            continue
        number = identity_of(address)
        drawn = f"{trace['type']} drawn"
        yield Claim(door, number, drawn, trace["x"][place])
        name, _, words = texts[place].partition(": ")
        words, _, base = words.partition(", base ")
        words, _, interval = words.partition(" (")
        assert name
        yield Claim(door, number, "words", words)
        if base:
            yield Claim(door, number, "base", plain(base))
            yield Claim(door, number, "interval", interval.rstrip(")"))
        for side, end in (("array", "above"), ("arrayminus", "below")):
            if "error_x" in trace:
                yield Claim(door, number, end, trace["error_x"][side][place])


def identity_of(address: str) -> Identity:
    named = resolve(urlsplit(address).path).kwargs
    return named["kind"], named["subject"], named["statistic"], named.get("option", ""), named["cohort"]


def beside(number: Identity, statistic: str) -> Identity:
    kind, subject, _, _, cohort = number
    return kind, subject, statistic, "", cohort


def plain(cell: Any) -> Any:
    """Returns a cell of CSV or JSON as None, a number or a word."""
    if not isinstance(cell, str):
        return cell
    try:
        return float(cell) if cell else None
    except ValueError:
        return cell


# Comparison with the release.


def contradictions(found: Iterable[Claim], released: dict[Identity, Estimate]) -> Iterator[str]:
    for one in found:
        row = released.get(one.number)
        if row is None:
            yield f"{one.door} has a number that was not released: {one.number}"
        elif not _agrees(one, row):
            yield f"{one.door} says of {one.number}, {one.field}: {one.value!r}"


def _agrees(one: Claim, row: Estimate) -> bool:
    factor = 100 if row.unit == "share" else 1
    value, low, high = (
        None if part is None else factor * part for part in (row.value, row.ci_low, row.ci_high)
    )
    match one.field:
        case "words":
            return _say(one.value, value, row.bound)
        case "interval":
            ends = [] if low is None or high is None else [low, high]
            said = [figure(end) for end in one.value.split(" to ")] if one.value else []
            return len(said) == len(ends) and all(
                abs(a - b) <= 0.5 + 1e-9 for a, b in zip(said, ends, strict=True)
            )
        case "drawn" | "scatter drawn":
            return _is_same(one.value, value)
        case "compared":
            return _lies_in(one.value, value, row.bound)
        case "bar drawn":
            return _is_same(one.value, None if row.bound else value)
        case "above":
            return _is_same(one.value, 0 if high is None or value is None else high - value)
        case "below":
            return _is_same(one.value, 0 if low is None or value is None else value - low)
        case "bound":
            return (one.value or "") == row.bound
    return bool(one.value == getattr(row, one.field))


def _is_same(said: float | None, value: float | None) -> bool:
    if said is None or value is None:
        return said is value
    return abs(said - value) < 1e-9


def _lies_in(said: float | None, value: float | None, bound: str) -> bool:
    """Of a range, an end is compared."""
    ends = {"": (value,), "at_most": (0.0, value), "at_least": (value, 100.0)}[bound]
    return said is None or any(_is_same(said, end) for end in ends)


def _say(words: str, value: float | None, bound: str) -> bool:
    if value is None:
        return words in ("[c]", "–", "")
    sign = {"≤": "at_most", "≥": "at_least"}.get(words[:1], "")
    away = figure(words.lstrip("≤≥<>"))
    return sign == bound and abs(away - value) <= (1 if bound else 0.5) + 1e-9


def figure(words: str) -> float:
    found = re.search(r"[-−+]?\d+(?:\.\d+)?", words.replace("\u202f", ""))
    assert found is not None, words
    return float(found[0].replace("−", "-"))
