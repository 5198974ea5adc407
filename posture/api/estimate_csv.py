"""The numbers of a release as CSV, read and written in parts, without a serialiser for each row."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from posture.api.contract import columns
from posture.models import Estimate
from posture.models.number_address import absolute_address, number_address
from surveys.exports.csv_text import csv_chunks

RELEASE, RECEIPT = "release", "receipt"
IDENTITY = ("subject_kind", "subject", "statistic", "option", "cohort")
ROWS_PER_FETCH = 500


def estimates_csv(estimates: QuerySet[Estimate]) -> Iterator[str]:
    """In the columns of the contract. It is sent after the view has ended, when no organisation's rows are in reach,
    and needs none."""
    return csv_chunks(columns("estimates"), _rows(estimates))


def _rows(estimates: QuerySet[Estimate]) -> Iterator[list[Any]]:
    names = [name for name in columns("estimates") if name not in (RELEASE, RECEIPT)]
    identity_positions = [names.index(name) for name in IDENTITY]
    rows = estimates.values_list("release__slug", *names)
    for release, *values in rows.iterator(chunk_size=ROWS_PER_FETCH):
        kind, subject, statistic, option, cohort = (values[position] for position in identity_positions)
        address = number_address(release, (kind, subject, statistic, option, cohort))
        yield [release, *values, absolute_address(address)]
