"""Sends requests that no browser would send to the real server: no stored answer is emptied, and no request is a
server error."""

import gzip
import json
import socket

import pytest

from tests.faults.harness.installation import Installation, Template
from tests.faults.harness.respondent import Respondent

pytestmark = pytest.mark.long

BODY = json.dumps({"number": 77}).encode()
SECONDS = 10
MAY_BE_SAVED = {"chunks and a length", "the same length twice", "a line break in a header"}
STORED_NUMBER = """
    SELECT number FROM surveys_answer JOIN surveys_item ON surveys_item.id = item_id WHERE code = 'INV-R1'
"""


class RawConnection:
    """Sends one request as bytes, and reads the status lines until the server closes or stops sending."""

    def __init__(self, installation: Installation, respondent: Respondent) -> None:
        self.port, self.respondent = installation.port, respondent
        cookies = "; ".join(f"{name}={value}" for name, value in respondent.cookies.items())
        self.headers = {
            "Host": respondent.host,
            "Cookie": cookies,
            "X-CSRFToken": respondent.csrf,
            "Content-Type": "application/json",
            "Idempotency-Key": "odd",
            "If-Match": '"1"',
            "Connection": "close",
        }

    def ask(self, method: str, *headers: str, body: bytes = b"", **changed_headers: str) -> list[int]:
        request_headers = self.headers | {
            name.replace("_", "-"): value for name, value in changed_headers.items()
        }
        lines = [f"{method} {self.respondent.place}answers/INV-R1/ HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in request_headers.items() if value] + list(headers)
        with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS) as wire:
            wire.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            wire.shutdown(socket.SHUT_WR)
            received = b""
            while chunk := wire.recv(65536):
                received += chunk
        return [int(line.split()[1]) for line in received.split(b"\r\n") if line.startswith(b"HTTP/1.")]


def chunked(body: bytes) -> bytes:
    return f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"


def test_odd_requests_empty_no_answer_and_cause_no_server_error(one_template: Template) -> None:
    with one_template.copy() as installation:
        installation.web().start()
        respondent = Respondent(
            one_template.tokens[0], lambda: installation.port, host=f"localhost:{installation.port}"
        )
        for item, number in (("PRO-04", 5), ("INV-R1", 40)):
            assert respondent.save(item, number, version=0, key=item).status == 200
        wire, length = RawConnection(installation, respondent), f"Content-Length: {len(BODY)}"
        statuses = {
            "no length": wire.ask("PUT"),
            "no length, with a body": wire.ask("PUT", body=BODY),
            "a length of nothing": wire.ask("PUT", "Content-Length: 0"),
            "two lengths": wire.ask("PUT", length, "Content-Length: 3", body=BODY),
            "the same length twice": wire.ask("PUT", length, length, body=BODY),
            "a negative length": wire.ask("PUT", "Content-Length: -1", body=BODY),
            "a length in words": wire.ask("PUT", "Content-Length: many", body=BODY),
            "too long a length": wire.ask("PUT", f"Content-Length: {len(BODY) + 5}", body=BODY),
            "too short a length": wire.ask("PUT", f"Content-Length: {len(BODY) - 5}", body=BODY),
            "an enormous length": wire.ask("PUT", "Content-Length: 99999999999", body=BODY),
            "chunks and a length": wire.ask("PUT", "Transfer-Encoding: chunked", length, body=chunked(BODY)),
            "broken chunks": wire.ask("PUT", "Transfer-Encoding: chunked", body=b"zz\r\n" + BODY),
            "an unknown coding": wire.ask("PUT", "Transfer-Encoding: gzip", length, body=BODY),
            "gzip": wire.ask(
                "PUT",
                "Content-Encoding: gzip",
                f"Content-Length: {len(gzip.compress(BODY))}",
                body=gzip.compress(BODY),
            ),
            "a field twice": wire.ask("PUT", "Content-Length: 27", body=b'{"number": 1, "number": 77}'),
            "another type": wire.ask("PUT", length, body=BODY, Content_Type="text/plain"),
            "a form": wire.ask("PUT", length, body=BODY, Content_Type="application/x-www-form-urlencoded"),
            "no key": wire.ask("PUT", length, body=BODY, Idempotency_Key=""),
            "no version": wire.ask("PUT", length, body=BODY, If_Match=""),
            "no token against forgery": wire.ask("PUT", length, body=BODY, X_CSRFToken=""),
            "a line break in a header": wire.ask("PUT", length, "X-Odd: a\r\n folded", body=BODY),
            **{
                method: wire.ask(method)
                for method in ("GET", "HEAD", "OPTIONS", "TRACE", "DELETE", "PATCH", "BREW")
            },
        }
        print(statuses, flush=True)
        assert statuses.pop("an unknown coding") == [501], "what HTTP asks of a server that does not know it"
        assert {name: codes for name, codes in statuses.items() if any(code >= 500 for code in codes)} == {}
        saved = {name for name, codes in statuses.items() if 200 in codes}
        assert installation.rows(STORED_NUMBER) == [(77 if saved else 40,)]
        assert saved <= MAY_BE_SAVED, "only where the whole body arrived"


def test_a_complete_chunked_body_is_saved_completely(one_template: Template) -> None:
    """This server joins chunks and passes on their length; another server would answer 411."""
    with one_template.copy() as installation:
        installation.web().start()
        respondent = Respondent(
            one_template.tokens[0], lambda: installation.port, host=f"localhost:{installation.port}"
        )
        for item, number in (("PRO-04", 5), ("INV-R1", 40)):
            respondent.save(item, number, version=0, key=item)
        codes = RawConnection(installation, respondent).ask(
            "PUT", "Transfer-Encoding: chunked", body=chunked(BODY)
        )
        assert (codes, installation.rows(STORED_NUMBER)) in (([200], [(77,)]), ([411], [(40,)]))
