"""Signs people in through the pages, as a browser does."""

import re
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.test import Client

from surveys.jobs import job_queue
from surveys.models import Job
from tests.support.builders import NOW, code_now

PASSWORD = "correct horse battery staple"


def with_password(user: Any, password: str = PASSWORD) -> Any:
    user.password = hashed(password)
    user.save()
    return user


@cache
def hashed(password: str) -> str:
    """Returns a hash of the password. It takes long to make and is the same for all people."""
    return make_password(password)


def sign_in(
    user: Any, *, secret: str = "", password: str = PASSWORD, client: Client | None = None, periods: int = 0
) -> Client:
    client = client or Client()
    answer = client.post("/account/login/", {"login": user.email, "password": password})
    assert answer.status_code == 302, answer.content.decode()
    if secret:
        assert answer["Location"] == "/account/login/second-factor/"
        client.post("/account/login/second-factor/", {"code": code_now(secret, periods=periods)})
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def sent() -> list[Any]:
    """Runs the waiting jobs of the outbox, and those that they queue. Returns the mails that were sent."""
    before, done = len(mail.outbox), set[int]()
    while waiting := Job.objects.filter(state=Job.State.WAITING).exclude(pk__in=done):
        for job in waiting:
            job_queue.carry_out_now(job.key, at=max(NOW, job.queued_at))
            done.add(job.pk)
    return mail.outbox[before:]


def link_of(message: Any) -> str:
    """Returns the path of the only link in a mail."""
    found = re.findall(r"https?://\S+", message.body)
    assert len(found) == 1, message.body
    assert found[0].startswith(f"{settings.BASE_URL}/")
    return str(found[0].removeprefix(settings.BASE_URL))
