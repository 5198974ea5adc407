"""Messages that an attacker with access to the broker writes into the queue. None of them may have an effect."""

import base64
import json
import pickle
import uuid
from pathlib import Path
from typing import Any

TASK = "posture.tasks.carry_out"
# A number passes validation; the database then has no such job that is due.
ACCEPTED_MESSAGES = ("an unknown job", "a job that was given up", "a job whose turn it is not")


class TouchesFile:
    """An object that creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def celery_message(
    body: bytes, *, task: str = TASK, content_type: str = "application/json", **headers: Any
) -> dict[str, Any]:
    message_id = str(uuid.uuid4())
    return {
        "body": base64.b64encode(body).decode(),
        "content-encoding": "utf-8" if "json" in content_type else "binary",
        "content-type": content_type,
        "headers": {"lang": "py", "task": task, "id": message_id, "root_id": message_id, **headers},
        "properties": {
            "correlation_id": message_id,
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": "celery"},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": str(uuid.uuid4()),
        },
    }


def task_call(
    *arguments: Any, task: str = TASK, keyword_arguments: Any = None, embed: Any = None
) -> dict[str, Any]:
    return celery_message(json.dumps([arguments, keyword_arguments or {}, embed or {}]).encode(), task=task)


def forged_messages(mark: Path, *, parked: int, waiting: int) -> dict[str, bytes]:
    """Returns messages by their fault. `parked` and `waiting` are jobs that are not due."""
    yaml = f"!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path ['{mark}']]"
    signature = {
        "task": "os.system",
        "args": [f"touch {mark}"],
        "kwargs": {},
        "options": {},
        "immutable": True,
    }
    without_tag = task_call(parked)
    without_tag["properties"].pop("delivery_tag")
    without_headers = task_call(parked)
    without_headers["headers"] = None
    messages: dict[str, Any] = {
        "pickle": celery_message(
            pickle.dumps(TouchesFile(mark)), content_type="application/x-python-serialize"
        ),
        "pickle that says it is JSON": celery_message(pickle.dumps(TouchesFile(mark))),
        "yaml": celery_message(yaml.encode(), content_type="application/x-yaml"),
        "a task nobody knows": task_call(f"touch {mark}", task="os.system"),
        "a task of the library": task_call({"task": TASK}, [[parked]], task="celery.starmap"),
        "an unknown job": task_call(10**9),
        "a job too large for a number": task_call(10**30),
        "a job that was given up": task_call(parked),
        "a job whose turn it is not": task_call(waiting),
        "a text": task_call("1; DROP TABLE surveys_job"),
        "a list": task_call([parked]),
        "an object": task_call({"pk": parked}),
        "nothing": task_call(),
        "too much": task_call(parked, "another organisation"),
        "a named organisation": task_call(parked, keyword_arguments={"organization": 1}),
        "true": task_call(True),
        "a half": task_call(0.5),
        "a call of another task afterwards": task_call(
            10**9, embed={"callbacks": [signature], "chain": [signature]}
        ),
        "not a call": celery_message(b'"text"'),
        "deep JSON": celery_message(b"[" * 100_000),
        "no text": celery_message(b"\xff\xfe\x00"),
        "without a tag": without_tag,
        "without headers": without_headers,
        "a bare number": 1,
    }
    encoded = {name: json.dumps(content).encode() for name, content in messages.items()}
    return encoded | {"no JSON at all": b"\x80\x04not json", "an empty message": b""}
