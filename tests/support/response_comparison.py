"""What an answer says, and what two of them have in common when nothing tells them apart."""

import re
from typing import Any

NEW_IN_EVERY_ANSWER = (rb'name="csrfmiddlewaretoken" value="[^"]+"', rb'nonce="[^"]+"')


def whole_content(answer: Any) -> bytes:
    """Also of an answer that comes in pieces, which can be had once."""
    return bytes(b"".join(answer.streaming_content) if answer.streaming else answer.content)


def content_without_chance(answer: Any) -> bytes:
    """The body, without the tokens that are drawn anew for each answer."""
    body = whole_content(answer)
    for pattern in NEW_IN_EVERY_ANSWER:
        body = re.sub(pattern, b"", body)
    return body
