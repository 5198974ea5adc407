"""Fills every text column that people can write with hostile text, then opens every page and chart. No script
runs."""

import json
import re
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest
from django.db import models
from django.utils import timezone

from posture.charts import script
from posture.explorer.saved_queries import save_view
from posture.models import Benchmark, Release, SavedView, TargetSet
from surveys.models import Answer, ImportRemark, ImportRun, Organization, Questionnaire, Selection, Wave
from tests.support.builders import make_import_run, make_user
from tests.support.hostile_texts import EVALUATED, LINK, SCRIPTS, TEMPLATES
from tests.walks.conftest import Visitor
from tests.walks.test_every_page import SPRING, address, owner_of_demo, pages, shared_token

pytestmark = [pytest.mark.browser]

WRITABLE: dict[type[models.Model], tuple[str, ...]] = {
    Organization: ("name",),
    Wave: ("title",),
    Release: ("title",),
    SavedView: ("name",),
    TargetSet: ("title", "population", "source", "vouched_by", "url_note"),
    Benchmark: ("wording", "base", "population", "fieldwork", "publisher", "publication", "remark", "counts"),
    ImportRun: ("file_name",),
    ImportRemark: ("column", "reason"),
    Answer: ("text",),
    Selection: ("text",),
}
LABELS = re.compile(r'\b(label|title|wording|object|introduction|text) = "[^"\n]*"')
HOVER = """() => document.querySelectorAll(".js-plotly-plot").forEach((chart) =>
    chart.data.forEach((trace, curve) => (trace.y ?? trace.x ?? []).forEach((_, point) => {
        try { Plotly.Fx.hover(chart, [{ curveNumber: curve, pointNumber: point }]) } catch {} })))"""
LINKS_IN_FIGURES = """[...document.querySelectorAll(".js-plotly-plot a")]
    .map((one) => String(one.href?.baseVal ?? one.href))"""
FOREIGN = """[...document.links, ...document.forms].map((one) => String(one.href ?? one.action))
    .filter((one) => one.split("?")[0].includes("evil.example") || one.startsWith("javascript:"))"""
PLANTED = """document.querySelectorAll("script:not([src]):not([type='application/json']), iframe, object, embed, base, "
    + "meta[http-equiv], [onerror], [onload], [style*=inset]").length"""


def texts() -> Iterator[str]:
    return cycle((*SCRIPTS, *TEMPLATES))


def poison() -> None:
    """Writes the texts directly into the rows, so that no form can refuse them."""
    make_import_run()
    for model, names in WRITABLE.items():
        for row, *hostile in zip(model.objects.all()[:200], *(texts() for _ in names), strict=False):
            before = [getattr(row, name) for name in names]
            for number, (name, text) in enumerate(zip(names, hostile, strict=True)):
                length = model._meta.get_field(name).max_length
                setattr(row, name, f"{text} {SCRIPTS[(row.pk + number) % 40]}"[:length])
            if any(before):
                row.save(update_fields=names)
    for questionnaire in Questionnaire.objects.all():
        found = texts()
        source = LABELS.sub(
            lambda one, found=found: f"{one[1]} = {json.dumps(f'{next(found)[:50]} {one.start()}')}",
            questionnaire.source,
        )
        Questionnaire.objects.filter(pk=questionnaire.pk).update(source=source)


def watch(person: Visitor) -> list[str]:
    dialogs: list[str] = []
    person.page.on("dialog", lambda one: (dialogs.append(one.message), one.dismiss()))
    return dialogs


def look(person: Visitor, path: str) -> list[str]:
    """Opens a page and returns the faults found on it."""
    person.visit(path)
    page = person.page
    page.evaluate(HOVER)
    wrong = [f"{path}: executed"] if page.evaluate("window.hit") else []
    wrong += [f"{path}: {link} in a figure" for link in page.evaluate(LINKS_IN_FIGURES)]
    wrong += [f"{path}: link {link}" for link in page.evaluate(FOREIGN)]
    wrong += [f"{path}: planted elements"] if page.evaluate(PLANTED) else []
    shown = page.content()
    return wrong + [f"{path}: {number} was evaluated" for number in EVALUATED if number in shown]


@pytest.mark.usefixtures("demo")
def test_hostile_texts_are_shown_and_do_nothing(demo: dict[str, Any], visitor: Any) -> None:
    analyst = make_user("looks", is_staff=True)
    save_view("ai-agent-security", name="A view", address="by=sector", by=analyst, at=timezone.now())
    shared = shared_token()
    poison()
    token = demo["invitations"][0]["url"].rsplit("/", 2)[1]
    respondent: Visitor = visitor()
    respondent.visit(demo["invitations"][0]["url"])
    respondent.page.get_by_role("button", name="Start or continue").click()
    respondent.page.wait_for_url("**/respond/**")
    known = {"token": token, "shared": shared, "public_id": respondent.page.url.rstrip("/").rsplit("/", 1)[1]}
    people: dict[str, Visitor] = {"public": visitor(), "respondent": respondent, "analyst": visitor()}
    people["analyst"].enter_as(analyst)
    for policy, user in (("owner", owner_of_demo()), ("admin", make_user("admin", is_superuser=True))):
        people[policy] = visitor()
        people[policy].enter_as(user)
    people |= {"member": people["owner"], "signed_in": people["owner"]}
    wrong, dialogs, seen = [], [watch(person) for person in people.values()], 0
    for policy, person in people.items():
        for route in pages(policy):
            wrong += look(person, address(route, **known))
            seen += 1
    for chart in ("forest", "dumbbell", "diverging", "trend", "heat"):
        wrong += look(people["analyst"], f"/studio/explorer/ai-agent-security/?chart={chart}")
    wrong += look(people["public"], f"/releases/{SPRING}-r1/?cohort={LINK}")
    assert seen >= 19
    assert wrong == []
    assert not any(dialogs)
    assert [one for person in people.values() for one in person.errors if "Policy" in one] == []


def test_without_the_door_of_figures_a_link_would_be_live(
    demo: dict[str, Any], visitor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: texts enter figures without escaping."""
    monkeypatch.setattr(script, "escaped_text", str)
    Benchmark.objects.update(counts=LINK)
    person: Visitor = visitor()
    assert any("in a figure" in one for one in look(person, "/benchmarks/"))


def test_the_watch_sees_a_script_that_runs(visitor: Any, live_server: Any) -> None:
    """The negative control of the harness itself."""
    person: Visitor = visitor()
    person.visit("/healthz")
    person.page.evaluate(
        "window.hit = 1; document.body.innerHTML = '<a href=\"https://evil.example/\">x</a>'"
    )
    assert person.page.evaluate("window.hit") == 1
    assert person.page.evaluate(FOREIGN) == ["https://evil.example/"]
