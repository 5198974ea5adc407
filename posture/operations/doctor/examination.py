"""Runs the checks of every area, and continues if one of them fails."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from posture.databases.errors import OPERATOR_DAMAGE_MESSAGE, is_damage
from posture.operations.doctor import backups, files, people, postgresql, process, sealing, sqlite, work
from posture.operations.doctor.finding import Area, Finding

AREAS: Mapping[str, Area] = {
    "process": process.findings,
    "sqlite": sqlite.findings,
    "postgresql": postgresql.findings,
    "files": files.findings,
    "work": work.findings,
    "people": people.findings,
    "sealing": sealing.findings,
    "backups": backups.findings,
}


def examine(at: datetime) -> dict[str, list[Finding]]:
    """Returns the findings by area, without the areas of other databases than the current one."""
    findings_by_area = {name: list(_area_findings(area, at)) for name, area in AREAS.items()}
    return {name: findings for name, findings in findings_by_area.items() if findings}


def _area_findings(area: Area, at: datetime) -> Iterator[Finding]:
    try:
        yield from area(at)
    except Exception as error:
        message = str(error).strip().partition("\n")[0]
        if is_damage(error):
            yield Finding("database", "damaged", OPERATOR_DAMAGE_MESSAGE.format(error=message))
            return
        yield Finding("examination", "failed", f"This could not be examined ({message}): see to that first.")
