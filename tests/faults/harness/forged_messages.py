"""Messages that an attacker with access to the broker writes into the queue. None of them may have an effect."""

import base64
import json
import pickle
import uuid
from pathlib import Path
from typing import Any

TASK = "posture.tasks.carry_out"
# A number passes validation; the database then has no such job that is due.
WELCOME = ("an unknown job", "a job that was given up", "a job whose turn it is not")


class Marks:
    """An object that creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def message(
    body: bytes, *, task: str = TASK, content: str = "application/json", **headers: Any
) -> dict[str, Any]:
    identity = str(uuid.uuid4())
    return {
        "body": base64.b64encode(body).decode(),
        "content-encoding": "utf-8" if "json" in content else "binary",
        "content-type": content,
        "headers": {"lang": "py", "task": task, "id": identity, "root_id": identity, **headers},
        "properties": {
            "correlation_id": identity,
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": "celery"},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": str(uuid.uuid4()),
        },
    }


def call(*arguments: Any, task: str = TASK, named: Any = None, embed: Any = None) -> dict[str, Any]:
    return message(json.dumps([arguments, named or {}, embed or {}]).encode(), task=task)


def forged(mark: Path, *, parked: int, waiting: int) -> dict[str, bytes]:
    """Returns messages by their fault. `parked` and `waiting` are jobs that are not due."""
    yaml = f"!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path ['{mark}']]"
    signature = {
        "task": "os.system",
        "args": [f"touch {mark}"],
        "kwargs": {},
        "options": {},
        "immutable": True,
    }
    spoiled = call(parked)
    spoiled["properties"].pop("delivery_tag")
    no_headers = call(parked)
    no_headers["headers"] = None
    found: dict[str, Any] = {
        "pickle": message(pickle.dumps(Marks(mark)), content="application/x-python-serialize"),
        "pickle that says it is JSON": message(pickle.dumps(Marks(mark))),
        "yaml": message(yaml.encode(), content="application/x-yaml"),
        "a task nobody knows": call(f"touch {mark}", task="os.system"),
        "a task of the library": call({"task": TASK}, [[parked]], task="celery.starmap"),
        "an unknown job": call(10**9),
        "a job too large for a number": call(10**30),
        "a job that was given up": call(parked),
        "a job whose turn it is not": call(waiting),
        "a text": call("1; DROP TABLE surveys_job"),
        "a list": call([parked]),
        "an object": call({"pk": parked}),
        "nothing": call(),
        "too much": call(parked, "another organisation"),
        "a named organisation": call(parked, named={"organization": 1}),
        "true": call(True),
        "a half": call(0.5),
        "a call of another task afterwards": call(
            10**9, embed={"callbacks": [signature], "chain": [signature]}
        ),
        "not a call": message(b'"text"'),
        "deep JSON": message(b"[" * 100_000),
        "no text": message(b"\xff\xfe\x00"),
        "without a tag": spoiled,
        "without headers": no_headers,
        "a bare number": 1,
    }
    written = {name: json.dumps(one).encode() for name, one in found.items()}
    return written | {"no JSON at all": b"\x80\x04not json", "an empty message": b""}
