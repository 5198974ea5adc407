"""Walks through an upload in a browser: an analyst uploads a file with faults and reads the rejected rows, on a phone
and on a desktop."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from surveys.imports import import_runs
from surveys.jobs import job_queue
from surveys.models import Job
from tests.support.builders import make_user
from tests.surveys.imports.test_importer import MAPPING, REAL_FILE
from tests.walks.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG_NAME = "A column that nobody maps, with a name without any end " + "x" * 62


def file_with_faults(folder: Path) -> Path:
    with REAL_FILE.open(encoding="utf-8-sig", newline="") as file:
        above, below, *rows = csv.reader(file)
    rows = [[*row, "found only here"] for row in rows]
    rows[0][3] = "Security Architect/Engineer"
    path = folder / "answers of spring.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([[*above, LONG_NAME], [*below, ""], *rows])
    return path


@pytest.mark.parametrize("width", [390, 1440])
def test_what_was_not_taken_is_read_on_the_page(visitor: Any, tmp_path: Path, width: int) -> None:
    call_command("load_definitions", verbosity=0)
    person: Visitor = visitor(width=width)
    person.enter_as(make_user("analyst", is_staff=True))
    person.visit("/studio/imports/")
    person.page.get_by_label("Mapping of the columns").select_option(MAPPING)
    person.page.get_by_label("CSV or XLSX file, at most 10 MB").set_input_files(file_with_faults(tmp_path))
    person.page.get_by_role("button", name="Upload").click()
    person.page.wait_for_url("**/studio/imports/*/")
    job_queue.carry_out_now(Job.objects.get(kind=import_runs.KIND).key, at=timezone.now())
    person.page.reload()
    expect(person.page.get_by_text("Column not in the mapping, not taken")).to_be_visible()
    expect(person.page.get_by_text("the nearest is 'Security Architect/ Engineer'")).to_be_visible()
    person.examine()
