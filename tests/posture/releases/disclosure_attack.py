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
from posture.stored_definitions import catalogue
from posture.web.routes import Route, routes
from tests.support.builders import NOW
from tests.support.response_comparison import complete_content

Identity = tuple[str, str, str, str, str]
NUMBERS = ("base", "weighted_base", "effective_base", "value", "unweighted_value", "bound", "se", "ci_low", "ci_high",
           "p_value")  # fmt: skip
MAX_CODES = 3
# A receipt is one view of one row of the table, which every other route shows as a whole. Every fifth receipt is
# opened, and those of all means.
RECEIPT_SAMPLING, ALWAYS_OPENED = 5, "mean"
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
class RouteResponse:
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
            return self.content.decode(errors="replace" if self.kind.startswith("image/") else "strict")
        with zipfile.ZipFile(io.BytesIO(self.content)) as packed:
            return "\n".join(f"{name}\n{packed.read(name).decode()}" for name in packed.namelist())


@dataclass(frozen=True)
class Claim:
    """A statement of a route about one number. `field`: a column of a table, `drawn` on an axis, or `words`."""

    route: str
    number: Identity
    field: str
    value: Any


# Requests.


class ReleaseRoutes:
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
        return [route for route in routes() if "GET" in route.methods and route.access in self.clients]

    def responses(self) -> Iterator[RouteResponse]:
        for route in self.routes():
            for path in self._paths(route):
                for query in self._queries(route):
                    yield self.request(route, path, query)

    def request(self, route: Route, path: str, query: dict[str, str]) -> RouteResponse:
        address = f"{path}?{urlencode(query)}" if query else path
        response: HttpResponse = self.clients[str(route.access)].get(address)  # type: ignore[assignment]
        kind = response.get("Content-Type", "").partition(";")[0]
        name = response.get("Content-Disposition", "")
        return RouteResponse(
            route.name, address, response.status_code, kind, name, complete_content(response)
        )

    def _paths(self, route: Route) -> Iterable[str]:
        if route.name == "posture:number":
            has_option = "<str:option>" in route.pattern
            rows = [
                row
                for number, row in enumerate(self.release.estimates.order_by("id"))
                if number % RECEIPT_SAMPLING == 0 or row.statistic == ALWAYS_OPENED
            ]
            return (row.get_absolute_url() for row in rows if bool(row.option) is has_option)
        return (
            re.sub(r"<(?:\w+:)?(\w+)>", lambda match, values=values: values[match[1]], route.pattern)  # type: ignore[misc]
            for values in self._parameters(route)
        )

    def _parameters(self, route: Route) -> list[dict[str, str]]:
        if route.pattern.startswith("/organizations/"):
            return [{"slug": self.member, "wave": self.release.wave.slug}]
        if route.name == "posture:report-reader":
            readers = catalogue.readers_of(self.release.wave.questionnaire.slug)
            return [{"slug": self.release.slug, "code": reader.code} for reader in readers]
        if route.pattern.startswith("/frameworks/<"):
            return [{"code": "nist-csf-2.0"}]
        if "<str:code>" in route.pattern or "<slug:code>" in route.pattern:
            model: Any = TargetSet if route.name == "posture:targets" else Benchmark
            return [{"code": code} for code in model.objects.values_list("code", flat=True)[:MAX_CODES]]
        known = {"slug": self.release.slug, "key": self.release.wave.questionnaire.key}
        return [known | {"token": "nobody", "uidb36": "1"}]

    def _queries(self, route: Route) -> list[dict[str, str]]:
        if route.name in (
            "posture:number",
            "posture:pack",
            "posture:organization-files",
        ) or route.name.endswith((".png", "-pdf", "-pptx", "-xlsx")):
            return [{}]
        if route.access == "token":
            return [{"release": self.release.slug, "format": kind} for kind in ("json", "csv")]
        if route.name == "posture:organization-report":
            return [
                {"view": "security"},
                *({"view": "security", "cohort": cohort} for cohort in self.cohorts),
            ]
        if route.pattern.startswith(("/releases/<", "/organizations/")):
            sections = self.release.wave.questionnaire.definition.sections
            return [
                {},
                *({"cohort": cohort} for cohort in self.cohorts),
                *({"topic": section.code} for section in sections),
            ]
        return [{}]


# Reading.


def claims(response: RouteResponse, client: Client) -> Iterator[Claim]:
    if response.status != 200:
        return
    if response.kind == "application/json":
        yield from _json_claims(response, client)
    elif response.kind == "text/csv":
        yield from _table_claims(response.route, csv.DictReader(io.StringIO(response.text)))
    elif response.kind == "application/zip":
        with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
            table = archive.read("estimates.csv").decode()
        yield from _table_claims(response.route, csv.DictReader(io.StringIO(table)))
    elif response.kind == "text/html":
        yield from _page_claims(response)


def _json_claims(response: RouteResponse, client: Client) -> Iterator[Claim]:
    """Yields the claims of all pages of the list."""
    body = json.loads(response.text)
    while isinstance(body, dict) and "results" in body:
        yield from _table_claims(response.route, body["results"])
        if not body["next"]:
            return
        body = client.get(body["next"]).json()


def _table_claims(route: str, rows: Iterable[dict[str, Any]]) -> Iterator[Claim]:
    for row in rows:
        if not row.get("receipt"):
            continue
        number = identity_of(row["receipt"])
        if "cohort_gap" in row:
            yield from _own_report_claims(route, number, row)
        elif "gap_ci_low" in row:
            yield from _gap_claims(route, number, row)
        elif "compared_with" in row:
            yield from _comparison_claims(route, number, row)
        else:
            yield Claim(route, number, "status", row["status"])
            yield from (Claim(route, number, name, parsed_cell(row[name])) for name in NUMBERS if name in row)


def _gap_claims(route: str, gap: Identity, row: dict[str, Any]) -> Iterator[Claim]:
    yield Claim(route, gap, "status", row["status"])
    columns = {
        "base": "base",
        "gap": "value",
        "gap_bound": "bound",
        "gap_ci_low": "ci_low",
        "gap_ci_high": "ci_high",
    }
    yield from (Claim(route, gap, field, parsed_cell(row[name])) for name, field in columns.items())
    yield Claim(route, with_statistic(gap, "over"), "base", parsed_cell(row["types_base"]))
    for statistic in GAP_PARTS:
        yield Claim(route, with_statistic(gap, statistic), "value", parsed_cell(row[statistic]))
        yield Claim(route, with_statistic(gap, statistic), "bound", parsed_cell(row[f"{statistic}_bound"]))


def _comparison_claims(route: str, number: Identity, row: dict[str, Any]) -> Iterator[Claim]:
    """Of a benchmark, the organisation's figure follows from the published figure and the difference. Any other
    difference is a number itself."""
    difference = parsed_cell(row["difference"])
    if row["compared_with"] == "benchmark":
        figure = 0.0 if difference is None else 100 * difference + parsed_cell(row["benchmark_value"])
        yield Claim(route, number, "compared", None if difference is None else figure)
        return
    compared_number = with_statistic(number, f"{number[2]}{DIFFERENCES.get(row['compared_with'], '')}")
    yield Claim(route, compared_number, "value", difference)
    yield from (Claim(route, compared_number, name, parsed_cell(row[name])) for name in ("ci_low", "ci_high"))


def _own_report_claims(route: str, gap: Identity, row: dict[str, Any]) -> Iterator[Claim]:
    yield Claim(route, gap, "base", parsed_cell(row["cohort_base"]))
    for statistic in ("belief", "evidence", "gap"):
        yield Claim(route, with_statistic(gap, statistic), "drawn", parsed_cell(row[f"cohort_{statistic}"]))
        yield Claim(
            route, with_statistic(gap, statistic), "bound", parsed_cell(row[f"cohort_{statistic}_bound"])
        )


def _page_claims(answer: RouteResponse) -> Iterator[Claim]:
    page = answer.text
    for address, link_text in LINK.findall(page):
        yield Claim(answer.route, identity_of(address), "words", strip_tags(link_text).strip())
    if answer.route == "posture:number":
        number = identity_of(answer.address)
        match = RECEIPT.search(page)
        assert match is not None, answer.address
        yield Claim(answer.route, number, "words", match[1].strip())
        yield Claim(answer.route, number, "interval", match[2] or "")
        yield Claim(answer.route, number, "base", None if match[3] == "[c]" else parsed_cell(match[3]))
    for chart in CHART.findall(page):
        for trace in json.loads(chart)["data"]:
            yield from _trace_claims(answer.route, trace)


def _trace_claims(route: str, trace: dict[str, Any]) -> Iterator[Claim]:
    texts = trace.get("hovertext") or trace.get("text") or []
    for position, address in enumerate(trace.get("customdata", ())):
        if "/numbers/" not in address:
            continue
        number = identity_of(address)
        field = f"{trace['type']} drawn"
        yield Claim(route, number, field, trace["x"][position])
        name, _, value_text = texts[position].partition(": ")
        value_text, _, base = value_text.partition(", base ")
        value_text, _, interval = value_text.partition(" (")
        assert name
        yield Claim(route, number, "words", value_text)
        if base:
            yield Claim(route, number, "base", parsed_cell(base))
            yield Claim(route, number, "interval", interval.rstrip(")"))
        for error_side, field_name in (("array", "above"), ("arrayminus", "below")):
            if "error_x" in trace:
                yield Claim(route, number, field_name, trace["error_x"][error_side][position])


def identity_of(address: str) -> Identity:
    arguments = resolve(urlsplit(address).path).kwargs
    return (
        arguments["kind"],
        arguments["subject"],
        arguments["statistic"],
        arguments.get("option", ""),
        arguments["cohort"],
    )


def with_statistic(number: Identity, statistic: str) -> Identity:
    kind, subject, _, _, cohort = number
    return kind, subject, statistic, "", cohort


def parsed_cell(cell: Any) -> Any:
    """Returns a cell of CSV or JSON as None, a number or a word."""
    if not isinstance(cell, str):
        return cell
    try:
        return float(cell) if cell else None
    except ValueError:
        return cell


# Comparison with the release.


def contradictions(claims: Iterable[Claim], released: dict[Identity, Estimate]) -> Iterator[str]:
    for claim in claims:
        row = released.get(claim.number)
        if row is None:
            yield f"{claim.route} has a number that was not released: {claim.number}"
        elif not _agrees_with_row(claim, row):
            yield f"{claim.route} says of {claim.number}, {claim.field}: {claim.value!r}"


def _agrees_with_row(claim: Claim, row: Estimate) -> bool:
    factor = 100 if row.unit == "share" else 1
    value, low, high = (
        None if limit is None else factor * limit for limit in (row.value, row.ci_low, row.ci_high)
    )
    match claim.field:
        case "words":
            return _text_agrees(claim.value, value, row.bound)
        case "interval":
            ends = [] if low is None or high is None else [low, high]
            claimed = [figure(end) for end in claim.value.split(" to ")] if claim.value else []
            return len(claimed) == len(ends) and all(
                abs(a - b) <= 0.5 + 1e-9 for a, b in zip(claimed, ends, strict=True)
            )
        case "drawn" | "scatter drawn":
            return _is_same(claim.value, value)
        case "compared":
            return _is_end_of_range(claim.value, value, row.bound)
        case "bar drawn":
            return _is_same(claim.value, None if row.bound else value)
        case "above":
            return _is_same(claim.value, 0 if high is None or value is None else high - value)
        case "below":
            return _is_same(claim.value, 0 if low is None or value is None else value - low)
        case "bound":
            return (claim.value or "") == row.bound
    return bool(claim.value == getattr(row, claim.field))


def _is_same(claimed: float | None, value: float | None) -> bool:
    if claimed is None or value is None:
        return claimed is value
    return abs(claimed - value) < 1e-9


def _is_end_of_range(claimed: float | None, value: float | None, bound: str) -> bool:
    """Of a range, an end is compared."""
    ends = {"": (value,), "at_most": (0.0, value), "at_least": (value, 100.0)}[bound]
    return claimed is None or any(_is_same(claimed, limit) for limit in ends)


def _text_agrees(text: str, value: float | None, bound: str) -> bool:
    if value is None:
        return text in ("[c]", "–", "")
    sign = {"≤": "at_most", "≥": "at_least"}.get(text[:1], "")
    shown_value = figure(text.lstrip("≤≥<>"))
    return sign == bound and abs(shown_value - value) <= (1 if bound else 0.5) + 1e-9


def figure(text: str) -> float:
    found = re.search(r"[-−+]?\d+(?:\.\d+)?", text.replace("\u202f", ""))
    assert found is not None, text
    return float(found[0].replace("−", "-"))
