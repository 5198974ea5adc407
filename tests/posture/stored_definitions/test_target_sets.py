"""Tests population targets: files and uploads are read completely or refused with every error, and used targets never
change."""

from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from posture.definitions.targets import Targets, parse, read_table
from posture.models import Release, TargetSet
from posture.releases.lifecycle import request_release
from posture.stored_definitions.target_sets import load_target_files, save_upload
from surveys.instrument.definition_file import InvalidDefinition
from tests.support.builders import NOW, make_user, make_wave

GOOD = """
code = "real"
title = "A register"
population = "All organisations of a country"
source = "A register"
as_of = 2026-01-01
vouched_by = "The office that keeps it"

[margins.sector]
healthcare = 60
retail = 40

[margins.region]
europe = 100
"""


def errors(text: str) -> list[str]:
    with pytest.raises(InvalidDefinition) as caught:
        read_table(text, name="upload")
    return [str(problem) for problem in caught.value.errors]


def test_a_file_is_read() -> None:
    targets = parse(GOOD, name="real.toml")
    assert targets.margins == {"sector": {"healthcare": 60, "retail": 40}, "region": {"europe": 100}}


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("retail = 40", "retail = 41", "margins"),
        ("retail = 40", "shops = 40", "margins > sector > shops"),
        ("retail = 40", "retail = 0", "margins > sector > retail"),
        ("[margins.region]", "[margins.planet]", "margins > planet"),
        ('vouched_by = "The office that keeps it"', "", "vouched_by"),
        ('source = "A register"', 'source = ""', "source"),
        ("as_of = 2026-01-01", 'as_of = "soon"', "as_of"),
    ],
)
def test_an_error_of_a_file_is_named_with_its_place(old: str, new: str, place: str) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        parse(GOOD.replace(old, new), name="real.toml")
    assert place in [problem.place for problem in caught.value.errors]


def test_a_table_is_read_with_blank_lines_and_a_byte_order_mark() -> None:
    text = "\ufeffdimension,category,count\r\nsector, retail ,40\r\n\r\nsector,healthcare,60\r\n"
    assert read_table(text, name="upload") == {"sector": {"retail": 40, "healthcare": 60}}


def test_every_invalid_line_is_reported_with_field_and_expected_value() -> None:
    messages = errors(
        "dimension,category,count\n"
        "planet,earth,1\n"
        "sector,shops,40\n"
        "sector,retail,4.5\n"
        "sector,healthcare,-1\n"
        "sector,energy\n"
        "sector,education,10\n"
        "sector,education,10\n"
        "region,europe,1e3\n"
    )
    assert [message.split(": ")[1] for message in messages] == [
        "line 2, dimension",
        "line 3, category",
        "line 4, count",
        "line 5, count",
        "line 6",
        "line 8, category",
        "line 9, count",
    ]
    assert "expected a whole number of 1 or more, without separators, found 4.5" in messages[2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "the header dimension,category,count, found nothing"),
        ("dimension;category;count\n", "the header dimension,category,count"),
        ("dimension,category,count\n", "at least one line of counts"),
        ("x" * 200_000, "lines of CSV, found field larger than field limit"),
        (
            "dimension,category,count\nsector,retail,40\nregion,europe,41\n",
            "the same total in every dimension",
        ),
    ],
)
def test_an_invalid_table_is_reported(text: str, expected: str) -> None:
    assert expected in errors(text)[0]


def make_target_set(code: str = "real") -> TargetSet:
    targets = parse(GOOD.replace('"real"', f'"{code}"'), name="real.toml")
    return save_upload(targets, by=make_user(f"of-{code}", is_staff=True), at=NOW)


@pytest.mark.django_db
@pytest.mark.database
def test_stored_targets_equal_the_file() -> None:
    target_set = make_target_set()
    assert target_set.margins == parse(GOOD, name="real.toml").margins
    assert (target_set.as_of, target_set.vouched_by) == (date(2026, 1, 1), "The office that keeps it")
    with pytest.raises(InvalidDefinition, match="a code that is not taken"):
        save_upload(Targets.model_validate(parse(GOOD, name="x").model_dump()), by=None, at=NOW)


@pytest.mark.django_db
@pytest.mark.database
def test_a_file_may_change_until_a_release_uses_it(tmp_path: Path) -> None:
    file = tmp_path / "real.toml"
    file.write_text(GOOD)
    assert load_target_files(at=NOW, folder=tmp_path) == {"created": 1}
    assert load_target_files(at=NOW, folder=tmp_path) == {"unchanged": 1}
    file.write_text(GOOD.replace("retail = 40", "retail = 30\nenergy = 10"))
    assert load_target_files(at=NOW, folder=tmp_path) == {"changed": 1}
    assert TargetSet.objects.get().margins["sector"] == {"healthcare": 60, "retail": 30, "energy": 10}
    request_release(make_wave().pk, by=None, at=NOW, targets=TargetSet.objects.get())
    file.write_text(GOOD)
    with pytest.raises(InvalidDefinition, match="a new code for changed targets"):
        load_target_files(at=NOW, folder=tmp_path)


FORM = {
    "code": "uploaded",
    "title": "A register",
    "population": "All organisations",
    "source": "A register",
    "as_of": "2026-01-01",
    "vouched_by": "The office that keeps it",
    "url": "",
    "table": "dimension,category,count\nsector,retail,40\nsector,healthcare,60\n",
}


@pytest.fixture
def analyst() -> Client:
    client = Client()
    client.force_login(make_user("analyst", is_staff=True))
    return client


@pytest.mark.django_db
@pytest.mark.database
def test_an_analyst_uploads_targets(analyst: Client) -> None:
    page = analyst.post("/studio/targets/", FORM, follow=True)
    assert page.status_code == 200
    target_set = TargetSet.objects.get(code="uploaded")
    assert target_set.margins == {"sector": {"retail": 40, "healthcare": 60}}
    assert target_set.uploaded_by is not None
    assert b"The office that keeps it" in analyst.get("/targets/uploaded/").content


@pytest.mark.django_db
def test_a_wrong_upload_keeps_everything_that_was_typed_and_names_every_error(analyst: Client) -> None:
    table = "dimension,category,count\nsector,shops,40\nsector,retail,x\n"
    page = analyst.post("/studio/targets/", FORM | {"table": table, "source": ""})
    text = page.content.decode()
    assert page.status_code == 422
    assert not TargetSet.objects.exists()
    for part in ("line 2, category", "line 3, count", "This field is required", "shops,40", "A register"):
        assert part in text


@pytest.mark.django_db
def test_a_file_replaces_the_typed_table(analyst: Client, tmp_path: Path) -> None:
    file = tmp_path / "targets.csv"
    file.write_text("dimension,category,count\nregion,europe,7\n")
    with file.open("rb") as upload:
        analyst.post("/studio/targets/", FORM | {"table": "", "file": upload})
    assert TargetSet.objects.get(code="uploaded").margins == {"region": {"europe": 7}}


@pytest.mark.django_db
def test_a_file_that_is_no_text_is_named(analyst: Client, tmp_path: Path) -> None:
    file = tmp_path / "targets.csv"
    file.write_bytes(b"\x81\x00d")
    with file.open("rb") as upload:
        page = analyst.post("/studio/targets/", FORM | {"table": "", "file": upload})
    assert b"UTF-8" in page.content


@pytest.mark.django_db
def test_typed_text_is_kept_beside_a_file(analyst: Client, tmp_path: Path) -> None:
    file = tmp_path / "targets.csv"
    file.write_text("dimension,category,count\nregion,europe,7\n")
    with file.open("rb") as upload:
        page = analyst.post("/studio/targets/", FORM | {"file": upload})
    assert b"Either a table here or a file, not both." in page.content
    assert b"sector,healthcare,60" in page.content
    assert not TargetSet.objects.exists()


@pytest.mark.django_db
def test_targets_are_public_when_a_public_release_uses_them(analyst: Client) -> None:
    targets = make_target_set()
    assert Client().get("/targets/real/").status_code == 404
    assert analyst.get("/targets/real/").status_code == 200
    release = request_release(make_wave().pk, by=None, at=NOW, targets=targets)
    Release.objects.filter(pk=release.pk).update(
        status="published", published_at=NOW, data_digest="d", definitions_digest="d"
    )
    assert Client().get("/targets/real/").status_code == 200
