"""Tests the frame store, which keeps counted answers on disk: built once per data version, appended, rebuilt, opened
and cleaned up."""

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from stat import S_IMODE
from subprocess import PIPE, Popen
from sys import executable
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from posture.analysis.cubes.cube import Cube
from posture.analysis.cubes.cuts import cut
from posture.analysis.cubes.selection import Query
from posture.explorer import frame_store
from posture.explorer.frame_store import Shelf
from posture.explorer.frames import (
    FRAME,
    FRAMES,
    MOST_PARTS,
    Outcome,
    State,
    ask_for,
    opened,
    refresh,
    refresh_all,
)
from posture.microdata.version import versions_of
from surveys.fieldwork import invitations
from surveys.jobs import job_queue, outbox
from surveys.models import Job, Organization, Response, Wave
from tests.support.answers import correct_answers
from tests.support.builders import NOW, chose, make_organization, make_response, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SUBMITTED = NOW - timedelta(days=5)


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> Path:
    settings.VAR = tmp_path
    return tmp_path / "frames" / "small"


@pytest.fixture
def wave() -> Wave:
    wave = make_wave()
    for number in range(3):
        engineer(wave, number)
    return wave


def engineer(wave: Wave, number: int, *, minutes: int = 0, value: int = 40) -> Response:
    return make_response(
        wave,
        make_organization(f"organization-{number}", sector="healthcare" if number % 2 else "retail"),
        "engineer",
        {"COUNT": percent(number + 1), "A-R": percent(value), "I-R": chose("yes" if number % 3 else "no")},
        submit=True,
        at=SUBMITTED + timedelta(minutes=minutes),
    )


def numbers(cube: Cube) -> tuple[np.ndarray, ...]:
    found = cut(cube, Query(breaks=((), ("sector",))), k=5)
    return found.base, found.unweighted.value, found.weighted_base, found.unweighted.low


def is_same(one: Cube, other: Cube) -> bool:
    return all(np.allclose(a, b, equal_nan=True) for a, b in zip(numbers(one), numbers(other), strict=True))


def cube() -> Cube:
    found = opened("small").cube
    assert found is not None
    return found


def test_it_is_being_prepared_until_the_worker_has_built_it(wave: Wave) -> None:
    assert opened("small").state == State.PREPARING
    assert opened("small").cube is None
    assert refresh_all(at=NOW) == {"small": Outcome.BUILT}
    found = opened("small")
    assert (found.state, found.built_at) == (State.READY, NOW)
    assert numbers(cube())[0].max() == 3


def test_the_same_version_is_built_once(wave: Wave) -> None:
    assert refresh("small", at=NOW) == Outcome.BUILT
    assert refresh("small", at=NOW + timedelta(hours=1)) == Outcome.UNCHANGED


def test_a_saved_but_unsubmitted_answer_changes_nothing(wave: Wave) -> None:
    refresh("small", at=NOW)
    make_response(wave, make_organization("late"), "engineer", {"COUNT": percent(1)})
    assert opened("small").state == State.READY
    assert refresh("small", at=NOW) == Outcome.UNCHANGED


def test_new_organisations_are_added_and_give_the_numbers_of_a_build_from_nothing(
    wave: Wave, own_folder: Path
) -> None:
    refresh("small", at=NOW)
    for number in range(3, 9):
        engineer(wave, number, minutes=number)
        assert opened("small").state == State.STALE
        assert refresh("small", at=NOW) == Outcome.APPENDED
    assert opened("small").state == State.READY
    appended = cube()
    assert len(appended.parts) == 7
    (own_folder / "current.json").unlink()
    assert refresh("small", at=NOW) == Outcome.BUILT
    assert is_same(appended, Cube.build(appended.rows()))
    assert numbers(appended)[0].max() == 9


def test_many_small_parts_become_one(wave: Wave) -> None:
    refresh("small", at=NOW)
    for number in range(3, 4 + MOST_PARTS):
        engineer(wave, number, minutes=number)
        assert refresh("small", at=NOW) == Outcome.APPENDED
    assert len(cube().parts) < MOST_PARTS
    assert numbers(cube())[0].max() == 4 + MOST_PARTS


def test_another_role_of_a_known_organisation_is_counted_by_a_build(wave: Wave) -> None:
    refresh("small", at=NOW)
    make_response(
        wave,
        wave.invitations.earliest("pk").organization,
        "executive",
        {"A-C": percent(90)},
        submit=True,
        at=SUBMITTED + timedelta(minutes=1),
    )
    assert refresh("small", at=NOW + timedelta(hours=1)) == Outcome.BUILT
    measures = {measure.key: place for place, measure in enumerate(cube().frame.measures)}
    total = cut(cube(), Query(), k=5)
    assert total.base[0, measures["pair|A-P|gap|"]] == 1
    assert total.unweighted.value[0, measures["pair|A-P|gap|"]] == 50


def test_a_corrected_answer_is_counted(wave: Wave) -> None:
    refresh("small", at=NOW)
    response = Response.objects.earliest("pk")
    correct_answers(response, {"COUNT": percent(7)}, at=NOW)
    assert refresh("small", at=NOW + timedelta(hours=1)) == Outcome.BUILT
    measures = {measure.key: place for place, measure in enumerate(cube().frame.measures)}
    total = cut(cube(), Query(), k=5)
    assert total.unweighted.value[0, measures["item|COUNT|mean|"]] == 4, "7, 2 and 3"


def test_a_revoked_invitation_is_no_longer_counted(wave: Wave) -> None:
    refresh("small", at=NOW)
    invitations.revoke(wave.invitations.earliest("pk"), at=NOW)
    assert refresh("small", at=NOW + timedelta(hours=1)) == Outcome.BUILT
    assert numbers(cube())[0].max() == 2


def test_a_deleted_response_is_no_longer_counted_even_when_another_came(wave: Wave) -> None:
    refresh("small", at=NOW)
    engineer(wave, 7, minutes=7, value=90)
    Response.objects.earliest("pk").delete()
    assert opened("small").state == State.STALE
    assert refresh("small", at=NOW + timedelta(hours=1)) == Outcome.BUILT
    assert numbers(cube())[0].max() == 3
    assert Response.objects.latest("pk").invitation.organization_id in cube().rows().organizations


def test_an_organisation_is_counted_in_the_cohort_that_it_came_into(wave: Wave) -> None:
    refresh("small", at=NOW)
    assert counted_in("retail") == 2
    Organization.objects.filter(slug="organization-0").update(sector="healthcare")
    assert opened("small").state == State.STALE
    assert refresh("small", at=NOW + timedelta(hours=1)) == Outcome.BUILT
    assert counted_in("retail") == 1
    assert counted_in("healthcare") == 2


def counted_in(sector: str) -> int:
    frame = cube().rows()
    place = frame.place("sector")
    return int((frame.segments[:, place] == frame.dimensions[place].codes.index(sector)).sum())


def test_a_response_with_an_earlier_date_is_counted_by_a_build(wave: Wave) -> None:
    refresh("small", at=NOW)
    engineer(wave, 5, minutes=-60)
    assert opened("small").state == State.STALE
    assert refresh("small", at=NOW + timedelta(hours=1)) == Outcome.BUILT
    assert numbers(cube())[0].max() == 4


def test_what_is_submitted_while_others_are_taken_in_waits_for_the_next_time(
    wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh("small", at=NOW)
    engineer(wave, 3, minutes=3)
    versions = versions_of("small")
    engineer(wave, 4, minutes=4)
    with monkeypatch.context() as earlier:
        earlier.setattr("posture.explorer.frames.versions_of", lambda _: versions)
        assert refresh("small", at=NOW) == Outcome.APPENDED
    assert (opened("small").state, numbers(cube())[0].max()) == (State.STALE, 4)
    assert refresh("small", at=NOW) == Outcome.APPENDED
    assert (opened("small").state, numbers(cube())[0].max()) == (State.READY, 5)


def test_no_query_of_adding_looks_at_the_responses_that_were_there(wave: Wave) -> None:
    refresh("small", at=NOW)
    engineer(wave, 3, minutes=3)
    with CaptureQueriesContext(connection) as queries:
        assert refresh("small", at=NOW) == Outcome.APPENDED
    about = [query["sql"] for query in queries if '"surveys_response"' in query["sql"]]
    assert about
    for sql in about:
        assert 'submitted_at" > ' in sql or 'organization_id" IN (' in sql, sql


def test_a_manifest_of_another_make_counts_for_none(wave: Wave, own_folder: Path) -> None:
    refresh("small", at=NOW)
    manifest = own_folder / "current.json"
    manifest.write_text(manifest.read_text().replace('"submissions"', '"responses"'))
    assert opened("small").state == State.PREPARING
    assert refresh("small", at=NOW) == Outcome.BUILT


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGES: dict[str, Callable[[Path], None]] = {
    "cut short": cut_short,
    "empty": lambda path: path.write_bytes(b""),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "another format": lambda path: path.write_bytes(b"[]"),
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_cannot_be_read_is_counted_again(wave: Wave, own_folder: Path, damage: str) -> None:
    """Damages each file in turn, as a process that starts afterwards finds it."""
    refresh("small", at=NOW)
    whole = cube()
    files = sorted(path.relative_to(own_folder) for path in own_folder.rglob("*") if path.is_file())
    damaged = [one for one in files if one.name != "lock" and (own_folder / one).stat().st_size]
    assert {one.suffix for one in damaged} == {".json", ".npy"}
    for one in damaged:
        DAMAGES[damage](own_folder / one)
        frame_store._mapped.cache_clear()
        assert opened("small").state in (State.PREPARING, State.STALE), one
        assert refresh("small", at=NOW + timedelta(hours=1)) == Outcome.BUILT, one
        frame_store._mapped.cache_clear()
        assert opened("small").state == State.READY, one
        assert is_same(cube(), whole), one


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", ".."),
        ("version", "/"),
        ("built_at", "yesterday"),
        ("built_at", 7),
        ("waves", 3),
        ("waves", [1]),
    ],
)
def test_a_manifest_that_says_something_impossible_counts_for_none(
    wave: Wave, own_folder: Path, field: str, value: Any
) -> None:
    refresh("small", at=NOW)
    manifest = own_folder / "current.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {field: value}))
    assert opened("small").state == State.PREPARING
    assert refresh("small", at=NOW) == Outcome.BUILT


def test_a_long_build_is_not_repeated_at_once(wave: Wave, own_folder: Path) -> None:
    refresh("small", at=NOW)
    manifest = own_folder / "current.json"
    shelf = Shelf.of("small")
    seconds = shelf.manifest().seconds  # type: ignore[union-attr]
    manifest.write_text(manifest.read_text().replace(str(seconds), "60.0"))
    invitations.revoke(wave.invitations.earliest("pk"), at=NOW)
    assert refresh("small", at=NOW + timedelta(minutes=9)) == Outcome.POSTPONED
    assert refresh("small", at=NOW + timedelta(minutes=11)) == Outcome.BUILT


def test_one_process_builds_and_the_others_do_not(wave: Wave, own_folder: Path) -> None:
    refresh("small", at=NOW)
    engineer(wave, 5, minutes=5)
    hold = "import fcntl, sys; file = open(sys.argv[1]); fcntl.flock(file, fcntl.LOCK_EX); print(flush=True); input()"
    with Popen([executable, "-c", hold, str(own_folder / "lock")], stdin=PIPE, stdout=PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert refresh("small", at=NOW) == Outcome.BUSY
        assert opened("small").state == State.STALE
        other.kill()
    assert refresh("small", at=NOW) == Outcome.APPENDED, "the lock ended with the process"


def test_nobody_else_may_read_it_and_old_versions_go(wave: Wave, own_folder: Path) -> None:
    refresh("small", at=NOW)
    for number in range(3, 8):
        engineer(wave, number, minutes=number)
        refresh("small", at=NOW)
    folders = [path for path in own_folder.iterdir() if path.is_dir()]
    assert len(folders) == 2, "the present one, and the one that a request may be opening"
    modes = {path.is_dir(): S_IMODE(path.stat().st_mode) for path in own_folder.rglob("*")}
    assert modes == {True: 0o700, False: 0o600}
    assert S_IMODE(own_folder.stat().st_mode) == S_IMODE(own_folder.parent.stat().st_mode) == 0o700


def test_what_a_killed_worker_left_behind_is_removed(wave: Wave, own_folder: Path) -> None:
    refresh("small", at=NOW)
    (own_folder / ".unfinished-left").mkdir()
    (own_folder / ".unfinished-left" / "half.npy").touch()
    refresh("small", at=NOW)
    assert not list(own_folder.glob(".unfinished-*"))
    assert opened("small").state == State.READY


def test_opening_reads_no_answer_and_maps_the_files(wave: Wave) -> None:
    refresh("small", at=NOW)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = cube()
    assert len(queries) == 1
    assert "surveys_answer" not in queries[0]["sql"]
    mapped = Path(f"/proc/{os.getpid()}/maps")
    if mapped.exists():
        assert "sums.npy" in mapped.read_text()
    assert opened("small").cube is found, "once in a process"


def test_the_clock_and_the_explorer_reach_the_worker(wave: Wave) -> None:
    job_queue.queue_periodic_jobs(at=NOW)
    (clock,) = Job.objects.filter(kind=FRAMES)
    assert job_queue.carry_out_now(clock.key, at=NOW) == outbox.JobOutcome.DONE
    assert opened("small").state == State.READY
    engineer(wave, 5, minutes=5)
    ask_for("small", at=NOW)
    ask_for("small", at=NOW)
    (asked,) = Job.objects.filter(kind=FRAME)
    assert job_queue.carry_out_now(asked.key, at=NOW) == outbox.JobOutcome.DONE
    assert len(cube().parts) == 2
