"""Checks files about disclosure: releases with a verdict each, and the disclosures that free filters allow."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from posture.methods.attacks import Filters, Organization, Query
from posture.methods.disclosure import Cell, audit_cells, counts_of_percent
from posture.validation.report import ComparedValue, document, rows

DIMENSIONS = ("industry", "size_band", "region")
QUESTIONS = ("incident", "visibility")


def disclosure_published_sets(path: Path) -> Iterator[ComparedValue]:
    for case in document(path):
        cells = [_cell(published) for published in case["published"]]
        audit = audit_cells(cells, k=case["k"], known=case["adversary_knows"])
        expected, label = case["expected"], f"{case['id']} {case['title']}"
        yield ComparedValue(f"{label}: small cells", audit.small, expected["small_cells"])
        yield ComparedValue(
            f"{label}: by membership",
            _groups(audit.by_membership),
            _groups(expected["sub_k_by_membership_alone"]),
        )
        yield ComparedValue(f"{label}: groups", _groups(audit.derivable), _groups(expected["sub_k"]))
        yield ComparedValue(f"{label}: organisations", audit.revealed, sorted(expected["exact"]))
        yield ComparedValue(f"{label}: uniform", audit.uniform, expected["class"])
        yield ComparedValue(f"{label}: verdict", audit.is_safe, expected["verdict_of_this_release"] == "safe")
        yield ComparedValue(f"{label}: policy", audit.may_be_published, expected["policy_verdict"] == "allow")


def _cell(published: dict[str, Any]) -> Cell:
    members = frozenset(published["members"])
    if published["statistic"] == "count_yes":
        counts: tuple[int, ...] = (int(published["value"]),)
    elif published["statistic"] == "percent_yes_capped":
        counts = tuple(range(published["count_from"], published["count_to"] + 1))
    else:
        step = Decimal(1).scaleb(-published["decimals"])
        percent = Decimal(str(published["value"])).quantize(step)
        counts = counts_of_percent(percent, len(members), rounded_to=published.get("rounded_to"))
    return Cell(published["label"], members, counts, published["statistic"] == "percent_yes_capped")


def _groups(groups: Any) -> list[list[str]]:
    return sorted(sorted(group) for group in groups)


def disclosure_attack_list(path: Path) -> Iterator[ComparedValue]:
    expected = document(path)
    filters = Filters(
        _organizations(path.with_name("disclosure_microdata.csv")), _values(path), expected["k"]
    )
    isolated = {
        (_text(outer), _text(inner)): sorted(filters.members[outer] - filters.members[inner])
        for outer, inner in filters.nested_pairs()
    }
    splits = {
        (_text(entry.total), entry.by): [sorted(entry.published), sorted(entry.withheld), entry.withheld_size]
        for entry in filters.splits()
    }
    uniform = {(_text(query), question): [len(filters.members[query]), 100 * value]
               for query, question, value in filters.uniform()}  # fmt: skip
    dominated = {_text(query): [len(filters.members[query]), total, round(share, 6)]
                 for query, total, share in filters.dominated()}  # fmt: skip
    changes = {
        _text(query): [first_count, count_to_date]
        for query, first_count, count_to_date in filters.changes_to_date()
    }
    yield ComparedValue("filters of at least k", len(filters.allowed), expected["filters_of_at_least_k"])
    yield from _compare("nested", isolated, {
        (entry["query_1"], entry["query_2"]): sorted(entry["isolated"])
        for entry in expected["nested_pairs_that_isolate_fewer_than_k"]
    })  # fmt: skip
    yield from _compare("split", splits, {
        (entry["total"], entry["split_by"]):
            [sorted(entry["shown"]), sorted(entry["held_back"]), entry["held_back_organisations_together"]]
        for entry in expected["splits_where_total_minus_shown_parts_is_below_k"]
    })  # fmt: skip
    yield from _compare("uniform", uniform, {
        (entry["query"], entry["question"]): [entry["n"], entry["value_percent"]] for entry in expected["uniform_cells"]
    })  # fmt: skip
    yield from _compare("dominated", dominated, {
        entry["query"]: [entry["organisations"], entry["respondents"], entry["largest_share"]]
        for entry in expected["cells_dominated_by_one_organisation_in_respondent_terms"]
    })  # fmt: skip
    yield from _compare("to date", changes, {
        entry["query"]: [entry["n_wave_1"], entry["n_to_date"]]
        for entry in expected["wave_to_date_differences_below_k"]
    })  # fmt: skip


def _compare(kind: str, computed: dict[Any, Any], expected: dict[Any, Any]) -> Iterator[ComparedValue]:
    for key in sorted(computed.keys() | expected.keys()):
        yield ComparedValue(f"{kind} {key}", computed.get(key), expected.get(key))


def _text(query: Query) -> str:
    return " & ".join(f"{name}={value}" for name, value in query)


def _values(path: Path) -> dict[str, list[str]]:
    table = rows(path.with_name("disclosure_microdata.csv"))
    return {name: sorted({row[name] for row in table}) for name in DIMENSIONS}


def _organizations(path: Path) -> list[Organization]:
    return [
        Organization(
            name=row["org_id"],
            dimensions={name: row[name] for name in DIMENSIONS},
            answers={name: int(row[name]) for name in QUESTIONS},
            respondents=int(row["respondents"]),
            joined_wave=int(row["joined_wave"]),
        )
        for row in rows(path)
    ]
