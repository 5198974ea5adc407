"""Tests that no chart draws the gap against the evidence, and no page ranks the least aware. The gap contains the
evidence, so the two slope down by arithmetic, regardless of knowledge."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from posture.methods.tracking import slope
from posture.models import Release
from surveys.models import Invitation, Organization

pytestmark = pytest.mark.django_db

POSTURE = Path(__file__).resolve().parents[3] / "posture"
SHOWING = ("charts", "reports", "views", "api", "explorer", "packs")


def test_belief_that_knows_nothing_gives_the_false_finding() -> None:
    """The reason: with belief unrelated to evidence, the gap on the evidence has slope -1."""
    random = np.random.default_rng(1)
    belief, evidence = random.uniform(0, 100, 5000), random.uniform(0, 100, 5000)
    assert slope(belief - evidence, evidence).value == pytest.approx(-1, abs=0.05)


@pytest.mark.parametrize("part", SHOWING)
def test_nothing_that_shows_numbers_can_regress(part: str) -> None:
    for path in (POSTURE / part).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert "posture.methods.tracking" not in names, path


def specs(page: str) -> list[dict[str, Any]]:
    found = re.findall(r'<script id="chart-[^>]+>(.*?)</script>', page, re.DOTALL)
    return [json.loads(text) for text in found]


def own_page(release: Release) -> str:
    organization = Organization.objects.get(
        pk=Invitation.objects.filter(wave_id=release.wave_id)[0].organization_id
    )
    user = get_user_model().objects.create_user("somebody", "somebody@people.example")
    organization.memberships.create(user=user)
    client = Client()
    client.force_login(user)
    return client.get(f"/organizations/{organization.slug}/waves/{release.wave.slug}/").content.decode()


def test_no_chart_has_the_gap_on_one_axis_and_the_evidence_on_the_other(demo_of_30: None) -> None:
    """Every chart of the pages has numbers on one axis only. Strips have a place on one line; in other charts the
    second axis holds rows or waves."""
    release = Release.objects.get(slug="ai-agent-security-2026-spring-r1")
    names = ("", "gaps/", "profile/", "published/", "change/", "readers/boards/")
    pages = [Client().get(f"/releases/{release.slug}/{name}").content.decode() for name in names]
    pages += [own_page(release), Client().get("/benchmarks/").content.decode()]
    strips = [
        strip
        for page in pages
        for strip in re.findall(r'<svg class="strip".*?</svg>\s*</td>', page, re.DOTALL)
    ]
    assert len(strips) > 30
    for strip in strips:
        assert set(re.findall(r'\by[12]?="([^"]+)"', strip)) <= {"50%", "20%"}
    drawn = [spec for page in pages for spec in specs(page)]
    assert drawn
    for spec in drawn:
        for trace in spec["data"]:
            places = [place for place in trace["y"] if place is not None]
            assert all(isinstance(place, int) for place in places), trace["name"]
