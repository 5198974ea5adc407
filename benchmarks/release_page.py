"""Benchmark of the page of a published release through all of Django, with few and with very many respondents.

Both installations have the demonstration with its releases, so the pages and the number of released values are the
same. The second one has further organisations, invitations, responses and answers in the wave of the release, up to
the largest size. Both use SQLite.
"""

import importlib
import shutil
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from django.apps import apps
from django.db import connection, models, transaction
from django.test import Client

from benchmarks.installation import prepare_demonstration, set_up_django
from benchmarks.protocol import Call, Candidate, race, times
from benchmarks.report import Verdict
from surveys.tenancy.organization_scope import for_all_organizations

CALLS = 10
NOISE = 1.15
FEW, AGAIN = "the demonstration", "the demonstration, again"


def main(sizes: Sequence[int]) -> list[Verdict]:
    size = max(sizes)
    many = f"{size:,} responses more"
    with tempfile.TemporaryDirectory() as parent:
        few_var, many_var = Path(parent) / "few", Path(parent) / "many"
        prepare_demonstration(few_var)
        shutil.copytree(few_var, many_var)
        race([Candidate("", partial(prepare_more, many_var, size))], rounds=0)
        print(f"\n### The page of a published release, {size:,} responses more and none", flush=True)
        timings = race(
            [
                Candidate(FEW, partial(prepare_page, few_var)),
                Candidate(AGAIN, partial(prepare_page, few_var)),
                Candidate(many, partial(prepare_page, many_var)),
            ],
            compare=check_same_page,
            calls=CALLS,
        )
        print(times(timings, baseline=FEW), flush=True)
    ratio = timings[many].median / min(timings[FEW].median, timings[AGAIN].median)
    return [Verdict(f"a release's page with {many}, of the time without", ratio, NOISE)]


def prepare_page(var: Path) -> Call:
    set_up_django(var)
    release = apps.get_model("posture", "Release").objects.filter(status="published").earliest("requested_at")
    client, address = Client(SERVER_NAME="localhost"), release.get_absolute_url()
    cache = importlib.import_module("posture.reports.page_cache").PAGES

    def call() -> tuple[int, int]:
        cache.clear()
        response = client.get(address)
        return response.status_code, len(response.content)

    return call


def check_same_page(first: tuple[int, int], other: tuple[int, int]) -> None:
    if first[0] != 200 or other != first:
        raise ValueError(f"the pages differ: {first}, {other}")


@for_all_organizations
def prepare_more(var: Path, count: int) -> Call:
    """Adds respondents to the wave of the release, with one answer each; the call returns their total number."""
    set_up_django(var)
    organization, invitation, response, answer = (
        apps.get_model("surveys", name) for name in ("Organization", "Invitation", "Response", "Answer")
    )
    release = apps.get_model("posture", "Release").objects.filter(status="published").earliest("requested_at")
    pattern = answer.objects.filter(
        response__invitation__wave_id=release.wave_id, option__isnull=False
    ).first()
    invitation_pattern = pattern.response.invitation
    first = 1 + max(model.objects.latest("pk").pk for model in (organization, invitation, response, answer))
    keys = (first, first + count - 1)
    with transaction.atomic():
        multiply(
            invitation_pattern.organization,
            keys,
            name="'further-' || n",
            slug="'further-' || n",
            public_id="printf('%032x', n)",
        )
        multiply(invitation_pattern, keys, organization_id="n", token_hash="printf('%064d', n)")
        multiply(
            pattern.response,
            keys,
            invitation_id="n",
            organization_id="n",
            public_id="printf('%032x', n)",
            receipt="'F-' || n",
        )
        multiply(pattern, keys, response_id="n", organization_id="n")
    return for_all_organizations(response.objects.count)


def multiply(row: models.Model, keys: tuple[int, int], **expressions: str) -> None:
    """Copies this row with keys from the first to the last, by one SQL statement."""
    table, columns = row._meta.db_table, [field.column for field in row._meta.concrete_fields]
    column_values = {"id": "n", **expressions}
    values = ", ".join(column_values.get(column, f"pattern.{column}") for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE keys(n) AS (SELECT %s UNION ALL SELECT n + 1 FROM keys WHERE n < %s) "
            f"INSERT INTO {table} ({', '.join(columns)}) "
            f"SELECT {values} FROM keys JOIN {table} AS pattern ON pattern.id = %s",
            [*keys, row.pk],
        )
