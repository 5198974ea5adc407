"""The counted answers of a questionnaire: the worker builds and refreshes them, web processes open them. No request
builds them."""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from posture.analysis.answers.wave_data import WaveData
from posture.analysis.cubes.cube import Cube
from posture.analysis.cubes.frame import Frame
from posture.analysis.cubes.measures import WaveAnswers, empty_wave, frame_of_waves
from posture.analysis.cubes.reweighting import Reweighted
from posture.explorer.frame_store import KnownWave, Manifest, Shelf
from posture.methods import VERSION
from posture.microdata import microdata_of, microdata_of_organizations
from posture.microdata.version import (
    WaveVersion,
    fielded_questionnaires,
    noted_of,
    submitted_between,
    versions_of,
)
from posture.models import TargetSet
from posture.stored_definitions import catalogue
from surveys.jobs import outbox

FRAMES, FRAME = "frames", "frame"
ASKED_APART_SECONDS = 10
MOST_PARTS = 16
MOST_APPENDED = 20_000
BUILDS_APART = 10


class State(StrEnum):
    READY = "ready"
    STALE = "stale"
    PREPARING = "preparing"


class Outcome(StrEnum):
    UNCHANGED = "unchanged"
    BUILT = "built"
    APPENDED = "appended"
    BUSY = "busy"
    POSTPONED = "postponed"


@dataclass(frozen=True)
class Opened:
    """cube: None while the first one is being built. STALE: answers were added or changed and are not yet counted."""

    state: State
    cube: Cube | None
    built_at: datetime | None


def opened(questionnaire: str) -> Opened:
    """Returns the current cube, mapped into memory. Uses one small query and reads no answers."""
    shelf = Shelf.of(questionnaire)
    manifest = shelf.manifest()
    if manifest is None:
        return Opened(State.PREPARING, None, None)
    known = {wave.wave: (wave.submissions, wave.changes) for wave in manifest.waves if wave.submissions}
    cube = shelf.cube(manifest)
    if cube is None:
        return Opened(State.PREPARING, None, None)
    is_stale = shelf.is_being_built() or known != noted_of(questionnaire)
    built_at = datetime.fromisoformat(manifest.built_at)
    return Opened(State.STALE if is_stale else State.READY, cube, built_at)


def weighted_to(questionnaire: str, targets: TargetSet) -> Reweighted | None:
    """Returns the cube of `opened`, weighted to population targets from its sums. None: nothing is counted yet."""
    shelf = Shelf.of(questionnaire)
    manifest = shelf.manifest()
    return None if manifest is None else shelf.weighted(manifest, targets.margins)


def ask_for(questionnaire: str, *, at: datetime) -> None:
    """Queues a job that counts new answers. Several requests within seconds queue it once."""
    period = int(at.timestamp() // ASKED_APART_SECONDS)
    outbox.queue(FRAME, {"questionnaire": questionnaire}, key=f"{FRAME}:{questionnaire}@{period}", at=at)


def refresh_all(*, at: datetime) -> dict[str, Outcome]:
    return {questionnaire: refresh(questionnaire, at=at) for questionnaire in fielded_questionnaires()}


def refresh(questionnaire: str, *, at: datetime) -> Outcome:
    """Updates the cube to the current answers. Adds the responses of organisations that are new in their wave. After
    any other change it builds the cube again, unless the last build was recent: a build of one minute is not repeated
    within ten. BUSY: another process does it."""
    shelf = Shelf.of(questionnaire)
    with shelf.lock() as is_ours:
        if not is_ours:
            return Outcome.BUSY
        shelf.remove_unfinished()
        before, versions = shelf.manifest(), versions_of(questionnaire)
        wanted = _manifest(questionnaire, versions, at)
        cube = shelf.cube(before) if before is not None else None
        if before is not None and cube is not None:
            if before.version == wanted.version:
                return Outcome.UNCHANGED
            rows = _added(questionnaire, before, wanted, versions)
            if rows is not None and _append(shelf, cube, before, wanted, rows):
                return Outcome.APPENDED
            if at < datetime.fromisoformat(before.built_at) + timedelta(
                seconds=BUILDS_APART * before.seconds
            ):
                return Outcome.POSTPONED
        started = time.perf_counter()
        data = {version.slug: microdata_of(version.wave_id).data for version in versions}
        cube = Cube.build(_frame(questionnaire, versions, data))
        del data
        shelf.put(cube, replace(wanted, seconds=time.perf_counter() - started))
        return Outcome.BUILT


def _append(shelf: Shelf, cube: Cube, before: Manifest, wanted: Manifest, rows: Frame) -> bool:
    """Adds rows to the cube. Returns False if an organisation is already in the cube, because a response arrived
    between the count and the reading."""
    try:
        longer = cube.append(rows)
    except ValueError:
        return False
    if len(longer.parts) > MOST_PARTS:
        shelf.put(Cube.build(longer.rows()), replace(wanted, seconds=before.seconds))
    else:
        shelf.put(longer, replace(wanted, seconds=before.seconds), after=before)
    return True


def _added(
    questionnaire: str, before: Manifest, wanted: Manifest, versions: tuple[WaveVersion, ...]
) -> Frame | None:
    """Returns the new rows if the only change is new organisations in their waves; otherwise None."""
    if before.definitions != wanted.definitions or len(before.waves) != len(wanted.waves):
        return None
    data: dict[str, WaveData] = {}
    for version, old, new in zip(versions, before.waves, wanted.waves, strict=True):
        if replace(old, submissions=new.submissions, latest=new.latest) != new:
            return None
        if old == new:
            continue
        count = new.submissions - old.submissions
        if not 0 < count <= MOST_APPENDED:
            return None
        since = submitted_between(version.wave_id, _moment(old.latest), version.latest)
        if len(since) != count:
            return None
        found = microdata_of_organizations(version.wave_id, sorted(set(since)))
        if found.responses != len(since):
            return None
        data[version.slug] = found.data
    return _frame(questionnaire, versions, data)


def _frame(questionnaire: str, versions: tuple[WaveVersion, ...], data: Mapping[str, WaveData]) -> Frame:
    indicators = catalogue.indicators_of(questionnaire)
    return frame_of_waves(
        [
            WaveAnswers(version.slug, data.get(version.slug, empty_wave()), version.questionnaire, indicators)
            for version in versions
        ]
    )


def _manifest(questionnaire: str, versions: tuple[WaveVersion, ...], at: datetime) -> Manifest:
    frame = _frame(questionnaire, versions, {})
    indicators = catalogue.indicator_file(questionnaire)
    waves = tuple(
        KnownWave(
            wave=version.wave_id,
            slug=version.slug,
            definition=version.questionnaire_digest,
            submissions=version.submissions,
            latest=version.latest.isoformat() if version.latest else "",
            changes=version.changes,
        )
        for version in versions
    )
    definitions = _digest(
        VERSION,
        indicators.model_dump_json() if indicators else "",
        [asdict(measure) for measure in frame.measures],
    )
    version = _digest(definitions, [asdict(wave) for wave in waves])
    return Manifest(version, definitions, waves, at.isoformat(), 0.0)


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
