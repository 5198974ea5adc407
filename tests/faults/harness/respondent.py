"""A respondent's browser, reduced to what saving needs: cookies, the CSRF token, one connection that is kept open."""

import http.client
import json
import re
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

ANSWER_SECONDS = 15


class NoAnswer(Exception):
    """Raised when the server was gone or its response did not arrive: it is unknown whether the save is stored."""


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    location: str = ""
    retry_after: str = ""

    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


class Respondent:
    """One respondent. `port` returns the present port: of the server, of a proxy before it, or of whichever server is
    up."""

    def __init__(self, token: str, port: Callable[[], int], *, host: str) -> None:
        self.port, self.host = port, host
        self.cookies: dict[str, str] = {}
        self.csrf = ""
        self.connection: http.client.HTTPConnection | None = None
        self.place = ""
        self._enter(token)

    def _enter(self, token: str) -> None:
        self.open(f"/s/{token}/")
        reply = self.form(f"/s/{token}/", {})
        assert reply.status == 302, reply
        self.place = reply.location
        self.public_id = self.place.strip("/").split("/")[1]
        section_link = re.search(rb'href="([^"]+/sections/[^"]+)"', self.open(self.place).body)
        if section_link is not None:
            self.open(section_link[1].decode())

    def open(self, address: str) -> Reply:
        reply = self.send("GET", address)
        assert reply.status == 200, (address, reply.status, reply.body[:300])
        token_field = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', reply.body)
        self.csrf = token_field[1].decode() if token_field else self.csrf
        return reply

    def form(self, address: str, fields: dict[str, str]) -> Reply:
        body = urlencode({"csrfmiddlewaretoken": self.csrf, **fields}).encode()
        return self.send("POST", address, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def another_window(self) -> "Respondent":
        """Returns a second window: the same cookies with another connection."""
        window = copy(self)
        window.cookies, window.connection = dict(self.cookies), None
        return window

    def save(self, item: str, number: int, *, version: int, key: str) -> Reply:
        """Saves one answer on top of `version`. The same key again is a repetition of the same save."""
        headers = {
            "Content-Type": "application/json",
            "X-CSRFToken": self.csrf,
            "Idempotency-Key": key,
            "If-Match": f'"{version}"',
        }
        body = json.dumps({"number": number}).encode()
        return self.send("PUT", f"{self.place}answers/{item}/", body, headers)

    def send(
        self, method: str, address: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        request_headers = {"Host": self.host, **(headers or {})}
        if self.cookies:
            request_headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port(), timeout=ANSWER_SECONDS)
            self.connection.request(method, address, body, request_headers)
            response = self.connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.disconnect()
            raise NoAnswer(type(error).__name__) from error
        for line in response.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        header_values = (response.headers.get(name, "") for name in ("Location", "Retry-After"))
        return Reply(response.status, content, *header_values)

    def disconnect(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None
