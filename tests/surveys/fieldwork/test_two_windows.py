"""Tests two tabs and two devices that save, lose the connection, reconnect, are revoked and submit, in any order. A
model of versions computes each expected answer, and the history must equal it."""

import json
import os
import re
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from surveys.fieldwork import autosave, invitations
from surveys.models import AnswerVersion, Job, Response
from tests.support.builders import make_organization, make_wave

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]

RUNS = int(os.environ.get("RUNS") or 60)
STEPS = 30
ITEM = "COUNT"
WINDOWS = st.sampled_from(["first tab", "second tab", "other device"])
NUMBERS = st.integers(0, 5)


@dataclass
class Window:
    """The state of one window: the newest version it received, and its unanswered requests."""

    device: str
    version: int = 0
    waiting: list[dict[str, Any]] = field(default_factory=list)


class Windows(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.wave = make_wave(slug=f"wave-{uuid.uuid4().hex[:8]}")
        self.invitation, self.token = invitations.invite(
            make_organization(f"o-{uuid.uuid4().hex[:8]}"),
            wave=self.wave,
            role="engineer",
            address="jo@acme.example",
            at=timezone.now() - timedelta(days=1),
        )
        self.devices = {"own": Client(), "other": Client()}
        self.windows = {
            "first tab": Window("own"),
            "second tab": Window("own"),
            "other device": Window("other"),
        }
        self.has_session = {"own": False, "other": False}
        self.history: list[int] = []
        self.refused = 0
        self.receipt = ""
        self.is_revoked = False
        self.enter("own")

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)

    @property
    def response_path(self) -> str:
        return f"/respond/{Response.objects.get(invitation=self.invitation).public_id}/"

    def enter(self, device: str) -> None:
        client = self.devices[device]
        answer = client.post(f"/s/{self.token}/")
        if self.is_revoked:
            assert answer.status_code == 404
            return
        assert answer.status_code == 302
        begun = bool(self.history)
        assert answer["Location"].endswith("/code/") is (begun and not self.has_session[device])
        if answer["Location"].endswith("/code/"):
            job = Job.objects.filter(key__startswith="code:").order_by("-pk").first()
            match = job and re.search(r"\b\d{8}\b", json.loads(job.sealed)["text"])
            if not match or client.post(f"{self.response_path}code/", {"code": match[0]}).status_code != 302:
                return
        self.has_session[device] = True

    def send(self, window: Window, request: dict[str, Any]) -> Any:
        return self.devices[window.device].put(
            f"{self.response_path}answers/{ITEM}/",
            json.dumps({"number": request["number"]}),
            content_type="application/json",
            headers={"idempotency-key": request["key"], "if-match": f'"{request["version"]}"'},
        )

    def expect(self, window: Window, request: dict[str, Any]) -> None:
        """Sends a request, compares the response with the model, and updates the window."""
        answer = self.send(window, request)
        if self.is_revoked or not self.has_session[window.device]:
            assert answer.status_code in (403, 404)
            return
        if "told" in request:
            assert (answer.status_code, answer.content) == request["told"], (
                "a repetition is answered the same"
            )
        elif self.receipt:
            assert answer.status_code == 410
            return
        elif request["version"] != len(self.history):
            stored_number = self.history[-1] if self.history else None
            assert answer.status_code == 409
            assert (answer.json()["version"], answer.json()["value"]["number"]) == (
                len(self.history),
                stored_number,
            )
            self.refused += request["number"] != stored_number
        else:
            if not self.history:
                self.has_session = {device: device == window.device for device in self.has_session}
            if not self.history or self.history[-1] != request["number"]:
                self.history.append(request["number"])
            assert (answer.status_code, answer.json()["version"]) == (200, len(self.history))
        request["told"] = (answer.status_code, answer.content)
        window.version = max(window.version, answer.json()["version"])

    def new_request(self, window: Window, number: int) -> dict[str, Any]:
        return {"key": str(uuid.uuid4()), "version": window.version, "number": number}

    @rule(name=WINDOWS, number=NUMBERS)
    def save(self, name: str, number: int) -> None:
        window = self.windows[name]
        self.expect(window, self.new_request(window, number))

    @rule(name=WINDOWS, number=NUMBERS)
    def save_and_lose_response(self, name: str, number: int) -> None:
        """The server has saved and its response is lost, so that the window will repeat the request."""
        window, request = self.windows[name], self.new_request(self.windows[name], number)
        version_before = window.version
        self.expect(window, request)
        window.version = version_before
        window.waiting.append(request)

    @rule(name=WINDOWS, number=NUMBERS)
    def write_offline(self, name: str, number: int) -> None:
        window = self.windows[name]
        window.waiting.append(self.new_request(window, number))

    @rule(name=WINDOWS)
    def reconnect(self, name: str) -> None:
        window = self.windows[name]
        for request in window.waiting:
            self.expect(window, request)
        window.waiting.clear()

    @rule(name=WINDOWS)
    def reload(self, name: str) -> None:
        window = self.windows[name]
        page = self.devices[window.device].get(f"{self.response_path}sections/agents/")
        if page.status_code == 200:
            match = re.search(rf'name="{ITEM}.version" value="(\d+)"', page.content.decode())
            assert match is not None
            assert int(match[1]) == len(self.history)
            window.version = len(self.history)

    @rule(device=st.sampled_from(["own", "other"]))
    def follow_the_link(self, device: str) -> None:
        self.enter(device)

    @precondition(lambda self: self.history and not self.is_revoked)
    @rule()
    def get_a_new_link(self) -> None:
        self.token = invitations.resend(self.invitation, at=timezone.now())

    @precondition(lambda self: len(self.history) > 3 and not self.is_revoked)
    @rule()
    def revoke(self) -> None:
        invitations.revoke(self.invitation, at=timezone.now())
        self.is_revoked = True

    @precondition(lambda self: len(self.history) > 2)
    @rule(name=WINDOWS)
    def submit(self, name: str) -> None:
        device = self.windows[name].device
        answer = self.devices[device].post(f"{self.response_path}submit/")
        if self.is_revoked or not self.has_session[device]:
            return
        assert answer["Location"].endswith("/receipt/")
        receipt = Response.objects.get(invitation=self.invitation).receipt
        assert receipt
        assert self.receipt in ("", receipt), "there is one receipt"
        self.receipt = receipt

    @invariant()
    def history_equals_model(self) -> None:
        rows = AnswerVersion.objects.filter(response__invitation=self.invitation, item__code=ITEM)
        accepted = rows.filter(is_refused=False).order_by("version")
        assert list(accepted.values_list("version", "number")) == list(enumerate(self.history, 1))
        assert rows.filter(is_refused=True).count() == self.refused, "what was refused is kept as well"


def runs(**options: Any) -> settings:
    """Returns the number of runs, which is smaller on PostgreSQL because the model is the same."""
    most = RUNS if connection.vendor == "sqlite" else max(1, RUNS // 5)
    health = list(HealthCheck)
    return settings(max_examples=most, stateful_step_count=STEPS, suppress_health_check=health, **options)


def test_windows_agree_with_a_model_of_versions() -> None:
    run_state_machine_as_test(Windows, settings=runs())


def test_the_model_detects_a_server_that_ignores_versions() -> None:
    original = autosave.save_answer

    def save_without_version(session: Any, save: autosave.SaveRequest, *, at: Any) -> autosave.SaveResult:
        rows = AnswerVersion.objects.filter(response=session.response, item__code=save.code, is_refused=False)
        newest = rows.order_by("-version").values_list("version", flat=True).first() or 0
        return original(
            session, autosave.SaveRequest(save.code, save.value, newest, save.key, save.digest), at=at
        )

    with mock.patch.object(autosave, "save_answer", save_without_version), pytest.raises(AssertionError):
        run_state_machine_as_test(Windows, settings=runs(phases=[Phase.generate]))
