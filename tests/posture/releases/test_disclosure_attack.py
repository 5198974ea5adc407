"""Runs the attacks of the reference list (A1 to A19) against everything that all routes reveal about one release."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
from django.test import Client

from posture.analysis.disclosure import suppression
from posture.api import estimate_csv
from posture.api.contract import columns
from posture.models import Estimate, Release
from posture.releases import computation
from posture.releases.lifecycle import ReleaseError, publish_release, withdraw_release
from surveys.instrument.cohorts import ALL, CROSSED, is_in_cohort
from surveys.models import Organization
from tests.posture.releases import attacked_release
from tests.posture.releases.disclosure_attack import (
    NUMBERS,
    Claim,
    Identity,
    ReleaseRoutes,
    RouteResponse,
    claims,
    contradictions,
)
from tests.support.builders import NOW, make_user
from tests.support.prepared_database import filled_database

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]

MEMBER = "m025"
FILTERED_BY_COHORT = (
    "posture:release", "posture:gaps-csv", "api:estimate-list", "api:gap-list", "api:comparison-list",
)  # fmt: skip
SUBJECTS = {"incident": ("I-R", "I-P"), "visibility": ("I-C", "I-P")}
ANSWER_STATISTICS = (
    "share", "belief", "evidence", "gap", "gap_over", "gap_under", "over", "aligned", "under", "nonresponse",
)  # fmt: skip


@dataclass(frozen=True)
class CollectedResponses:
    release: Release
    reader: Any
    responses: list[RouteResponse]
    claims: list[Claim]
    released: dict[Identity, Estimate]
    unrequested: set[str]


@pytest.fixture(scope="module")
def collected(django_db_setup: None, django_db_blocker: Any) -> Iterator[CollectedResponses]:
    content = filled_database("attacked-release", attacked_release.make_attacked_release)
    with django_db_blocker.unblock(), content as document:
        release = Release.objects.get(pk=document["release"])
        reader = make_user("reader", organization=Organization.objects.get(slug=MEMBER))
        release_routes = ReleaseRoutes(release, member=MEMBER, reader=reader)
        responses = list(release_routes.responses())
        yield CollectedResponses(
            release,
            reader,
            responses,
            [claim for response in responses for claim in claims(response, release_routes.clients["token"])],
            numbers_of(release),
            {response.name for response in release_routes.routes()}
            - {response.route for response in responses if response.status == 200},
        )


def numbers_of(release: Release) -> dict[Identity, Estimate]:
    return {
        (row.subject_kind, row.subject, row.statistic, row.option, row.cohort): row
        for row in release.estimates.all()
    }


# The organisations behind a number, from the reference file and not from the product.


@cache
def organizations_of_cohort(slug: str) -> frozenset[str]:
    if slug == ALL:
        return frozenset(row["org_id"] for row in attacked_release.microdata_rows())
    organizations = []
    for row in attacked_release.microdata_rows():
        cohort_codes = (
            attacked_release.COHORTS[f"{name}={row[name]}"].split(":")
            for name in ("industry", "size_band", "region")
        )
        frame = dict(cohort_codes)  # type: ignore[arg-type]
        if all(
            is_in_cohort(cohort_part, cohort_part.partition(":")[0], frame[cohort_part.partition(":")[0]])
            for cohort_part in slug.split(CROSSED)
        ):
            organizations.append(row["org_id"])
    return frozenset(organizations)


def numbers_with_figures(found: Iterable[Claim]) -> set[Identity]:
    """Returns the numbers about which any route gives a figure."""
    return {claim.number for claim in found if is_figure(claim)}


def is_figure(claim: Claim) -> bool:
    if claim.field in ("above", "below"):
        return bool(claim.value)
    if claim.field in ("words", "interval"):
        return any(character.isdigit() for character in claim.value)
    return claim.field != "status" and claim.value not in (None, "")


def cells_about(question: str, numbers: Iterable[Identity]) -> dict[frozenset[str], list[Identity]]:
    cells: dict[frozenset[str], list[Identity]] = {}
    for number in numbers:
        _, subject, statistic, _, cohort = number
        if subject in SUBJECTS[question] and statistic in ANSWER_STATISTICS:
            cells.setdefault(organizations_of_cohort(cohort), []).append(number)
    return cells


def is_linear_combination(group: frozenset[str], cells: Iterable[frozenset[str]]) -> bool:
    """Returns whether the group is a sum and difference of cells."""
    names = sorted(organizations_of_cohort(ALL))
    matrix = np.array([[name in cell for name in names] for cell in cells], dtype=float).reshape(
        -1, len(names)
    )
    indicator = np.array([name in group for name in names], dtype=float)
    weights = np.linalg.lstsq(matrix.T, indicator, rcond=None)[0]
    return bool(np.abs(matrix.T @ weights - indicator).max() < 1e-7)


def differences(numbers: set[Identity]) -> Iterator[str]:
    """Yields nested filters and splits of the list that published numbers answer (A2 to A6)."""
    listed = attacked_release.attack_list()
    for question in SUBJECTS:
        cells = list(cells_about(question, numbers))
        for attack in listed["nested_pairs_that_isolate_fewer_than_k"]:
            selections = [attacked_release.organizations_in(attack[name]) for name in ("query_1", "query_2")]
            if all(selection in cells for selection in selections) or is_linear_combination(
                frozenset(attack["isolated"]), cells
            ):
                yield f"{question}: {attack['query_1']} without {attack['query_2']}"
        for attack in listed["splits_where_total_minus_shown_parts_is_below_k"]:
            withheld_parts = [
                attacked_release.organizations_in(f"{attack['total']} & {attack['split_by']}={value}")
                for value in attack["held_back"]
            ]
            if is_linear_combination(frozenset().union(*withheld_parts), cells):
                yield f"{question}: {attack['total']} without its {attack['split_by']}"


def test_every_route_responds(collected: CollectedResponses) -> None:
    """Excludes routes that need a link or a second factor, and an owner's pages, which hold no number of a
    release."""
    links = {"surveys:invitation", "surveys:welcome", "posture:shared-report"}
    factors = {"mfa_authenticate", "mfa_login_webauthn"}
    of_owners = {"surveys:people", "surveys:trail", "surveys:trail-csv", "posture:share-links"}
    not_made = {
        f"posture:{kind}-{form}" for kind in ("report", "organization") for form in ("pdf", "pptx", "xlsx")
    }
    of_readers = {"posture:report-readers", "posture:report-reader"}
    assert collected.unrequested == links | factors | of_owners | not_made | of_readers
    assert {claim.route for claim in collected.claims} >= {
        "posture:release", "posture:number", "posture:pack", "posture:gaps-csv", "posture:organization-report",
        "posture:organization-csv", "api:estimate-list", "api:gap-list", "api:comparison-list",
    }  # fmt: skip
    assert numbers_with_figures(collected.claims)
    assert numbers_with_figures(collected.claims) < set(collected.released)


def test_all_routes_state_the_same_numbers(collected: CollectedResponses) -> None:
    """A9: pages, charts and their hover texts, CSV, REST and the pack."""
    assert list(contradictions(collected.claims, collected.released)) == []


def test_withheld_numbers_have_no_figure_in_any_route(collected: CollectedResponses) -> None:
    withheld = {
        number for number, row in collected.released.items() if row.status != Estimate.Status.PUBLISHED
    }
    assert withheld
    assert not withheld & numbers_with_figures(collected.claims)
    shapes = {
        (claim.route, claim.field, str(claim.value))
        for claim in collected.claims
        if claim.number in withheld
        and claim.field in (*NUMBERS, "status", "interval", "above", "below", "drawn")
    }
    assert {value for _, field, value in shapes if field == "status"} == {"suppressed"}
    assert {value for _, field, value in shapes if field != "status"} <= {"None", ""}


def test_withheld_and_empty_receipts_are_equal(collected: CollectedResponses) -> None:
    """A15: the receipts of numbers based on nobody, on some, and on many but withheld to protect others are equal,
    word by word."""
    pages: dict[tuple[str, ...], set[str]] = {}
    sizes: dict[tuple[str, ...], set[int]] = {}
    for response in collected.responses:
        if response.route == "posture:number":
            number = next(claim.number for claim in claims(response, Client()) if claim.field == "interval")
            if collected.released[number].status != Estimate.Status.PUBLISHED:
                main = response.text[response.text.index("<main") :]
                body = main[
                    : main.index("Answers outside the base") if "Answers outside the base" in main else None
                ]
                pages.setdefault(number[:4], set()).add(without_cohort(body))
                sizes.setdefault(number[:4], set()).add(records_in(number[4]))
    assert {0, 3} <= sizes["item", "A-R", "mean", ""]
    assert {len(bodies) for bodies in pages.values()} == {1}


def records_in(cohort: str) -> int:
    return sum(
        attacked_release.has_records(row)
        for row in attacked_release.microdata_rows()
        if row["org_id"] in organizations_of_cohort(cohort)
    )


def without_cohort(page: str) -> str:
    page = re.sub(r'(<th scope="row">Among</th><td>).*?(</td>)', r"\1\2", page)
    page = re.sub(r"\?cohort=[^\"]*", "", page)
    return re.sub(r"/numbers/[^/]*/", "/numbers/", page)


def test_a_cohort_without_any_number_gives_404(collected: CollectedResponses) -> None:
    """A15 for pages: an empty cell, a cell of a few, and a cohort that does not exist."""
    with_figures = {cohort for *_, cohort in numbers_with_figures(collected.claims)}
    without_figures = {cohort for *_, cohort in collected.released if cohort not in with_figures}
    assert {len(organizations_of_cohort(cohort)) for cohort in without_figures} >= {1, 2, 3, 4}
    address = f"/releases/{collected.release.slug}/"
    answers = {(response.status_code, response.content)
               for cohort in (*without_figures, "sector:nowhere", "sector:retail", "x")
               for response in [Client().get(address, {"cohort": cohort})]}  # fmt: skip
    assert len(answers) == 1
    assert {status for status, _ in answers} == {404}


def test_no_difference_of_the_attack_list_is_answered(collected: CollectedResponses) -> None:
    """A2 to A6 and A16."""
    assert list(differences(numbers_with_figures(collected.claims))) == []


def test_uniform_answers_of_a_cell_are_not_published(collected: CollectedResponses) -> None:
    """A11, and A10: the base of those who were asked because of the answer does not reveal it either."""
    numbers = numbers_with_figures(collected.claims)
    checked = 0
    for attack in attacked_release.attack_list()["uniform_cells"]:
        cell = attacked_release.organizations_in(attack["query"])
        for number in cells_about(attack["question"], numbers).get(cell, []):
            row = collected.released[number]
            if row.statistic == "share" and row.option in ("yes", "no"):
                checked += 1
                assert row.bound, number
                assert 0.1 < (row.value or 0) < 0.9, number
        if attack["question"] == "incident":
            assert not [n for n in numbers if n[1] == "KEYS" and organizations_of_cohort(n[4]) == cell], (
                attack
            )
    assert checked


def test_the_base_of_a_routed_item_does_not_reveal_the_routing_answer(collected: CollectedResponses) -> None:
    """A10: KEYS is asked where an incident is on record."""
    numbers = numbers_with_figures(collected.claims)
    cohorts = {number[4] for number in numbers if number[1] == "KEYS"}
    assert cohorts
    for cohort in cohorts:
        shares = [collected.released["item", "I-R", "share", option, cohort] for option in ("yes", "no")]
        assert any(is_exact_count(share) for share in shares), cohort


def is_exact_count(row: Estimate) -> bool:
    """A bound beside few says that the count is exact and the base is not."""
    is_exact = not row.bound or row.method.endswith("_beside_few")
    return row.status == Estimate.Status.PUBLISHED and is_exact


def test_organisations_are_counted_and_not_respondents(collected: CollectedResponses) -> None:
    """A13: the organisation is the unit, so no organisation dominates."""
    for number, row in collected.released.items():
        if row.base is not None and row.statistic != "gap_vs_rest":
            assert attacked_release.K <= row.base <= len(organizations_of_cohort(number[4])), number


def test_no_route_names_an_organisation(collected: CollectedResponses) -> None:
    """A19: no slug, name, address or free text; an organisation's own report contains only its own."""
    names = re.compile(r"\bm0\d\d\b|written by hand|@m0\d\d", re.IGNORECASE)
    for response in collected.responses:
        matches = set(names.findall(f"{response.file_name} {response.text}".lower()))
        is_own = response.route.startswith(("posture:organization", "account:"))
        assert matches <= ({MEMBER} if is_own else set()), (response.address, matches)


def test_no_spelling_of_a_filter_reveals_more(collected: CollectedResponses) -> None:
    """A1: case, order, repetition, empty values, and undeclared filters."""
    release = collected.release
    release_routes = ReleaseRoutes(release, member=MEMBER, reader=collected.reader)
    cell = "sector:manufacturing+size_band:1-49"
    assert 0 < len(organizations_of_cohort(cell)) < attacked_release.K
    spellings = [cell, cell.upper(), f" {cell} ", cell.replace("+", " "), "+".join(reversed(cell.split("+"))), "",
                 f"{cell},{cell}", "sector:manufacturing", f"{cell}+region:europe", "%", "sector:*"]  # fmt: skip
    extra = {"sector": "manufacturing", "size_band": "1-49", "cohort__startswith": "sector", "region": "",
             "status": "published", "base__lt": "5", "ordering": "base", "organization": MEMBER}  # fmt: skip
    responses: list[RouteResponse] = []
    for route in release_routes.routes():
        if route.name in FILTERED_BY_COHORT:
            release_routes = ReleaseRoutes(
                release, member=MEMBER, reader=collected.reader
            )  # a token for each, for its rate limit
            path = route.pattern.replace("<slug:slug>", release.slug)
            for spelling in spellings:
                query = {"release": release.slug, "cohort": spelling}
                responses += [
                    release_routes.request(route, path, query),
                    release_routes.request(route, path, query | extra),
                ]
    assert {response.status for response in responses} <= {200, 400, 404}
    new_claims = [
        claim for response in responses for claim in claims(response, release_routes.clients["token"])
    ]
    assert new_claims
    assert list(contradictions(new_claims, collected.released)) == []
    assert numbers_with_figures(new_claims) <= numbers_with_figures(collected.claims)


# Negative controls: the same checks must find planted faults.


def api_claims(release: Release, reader: Any) -> list[Claim]:
    release_routes = ReleaseRoutes(release, member=MEMBER, reader=reader)
    route = next(candidate for candidate in release_routes.routes() if candidate.name == "api:estimate-list")
    response = release_routes.request(route, route.pattern, {"release": release.slug, "format": "csv"})
    return list(claims(response, release_routes.clients["token"]))


def test_a_withheld_base_in_one_route_is_detected(
    collected: CollectedResponses, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, honest = columns("estimates"), estimate_csv._rows

    def leaking(leaked: Any) -> Iterator[list[Any]]:
        for row in honest(leaked):
            if row[names.index("status")] == Estimate.Status.SUPPRESSED:
                row[names.index("base")] = 3
            yield row

    monkeypatch.setattr(estimate_csv, "_rows", leaking)
    leaked = api_claims(collected.release, collected.reader)
    assert list(contradictions(leaked, collected.released))
    assert numbers_with_figures(leaked) - numbers_with_figures(collected.claims)


def test_a_published_complement_is_detected(
    collected: CollectedResponses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rules on differences and the audit are switched off: only cells that are small by themselves are
    withheld."""
    for rule in ("complements", "nested", "sums", "rests", "combinations"):
        monkeypatch.setattr(suppression.Search, rule, lambda _: set())
    monkeypatch.setattr(computation.Computation, "objections", lambda *_: [])
    wave = attacked_release.closed_wave("planted")
    attacked_release.submit_answers(wave, attacked_release.microdata_rows())
    attacked_release.add_cuts(wave, collected.release.requested_by)
    faulty = attacked_release.published_release(wave, collected.release.requested_by)
    answered = list(differences(numbers_with_figures(api_claims(faulty, collected.reader))))
    assert any("without its" in description for description in answered)
    assert any(
        "without size_band" in description or "without industry" in description for description in answered
    )


# One wave after the other.


def test_a_release_that_differs_by_few_organisations_is_not_published() -> None:
    """A7 and A8: the wave after its first part, and to date."""
    analyst = make_user("second", is_staff=True)
    wave = attacked_release.closed_wave("growing")
    rows = attacked_release.microdata_rows()
    attacked_release.submit_answers(wave, [row for row in rows if row["joined_wave"] == "1"])
    first = attacked_release.published_release(wave, analyst)
    withdraw_release(first, reason="More have answered.", by="analyst", at=NOW)
    attacked_release.submit_answers(wave, [row for row in rows if row["joined_wave"] == "2"])
    with pytest.raises(ReleaseError, match="together they reveal"):
        publish_release(attacked_release.computed_draft(wave, analyst), by=analyst, at=NOW)
