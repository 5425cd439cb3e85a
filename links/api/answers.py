"""Answers that look alike: one set of headers, and bodies in steps of 512 bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson

from links.api.problems import MEDIA_TYPE, Refused, make_problem

STEP_BYTES: Final = 512
_PADDING: Final = b',"padding":""}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, media type and body; `headers` beside those that every answer has."""

    status: int = 200
    media_type: str = "application/json"
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)

    def list_headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers as ASGI wants them; they depend on status and length alone."""
        names = {
            "content-type": self.media_type,
            "content-length": str(len(self.body)),
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        }
        return [(n.encode(), v.encode()) for n, v in (names | dict(self.headers)).items()]


def make_padded(members: Mapping[str, object]) -> Answer:
    """Answer 200 with an object of at least one member and `padding` to a multiple of 512 bytes."""
    body = orjson.dumps(members)[:-1]
    missing = -(len(body) + len(_PADDING)) % STEP_BYTES
    return Answer(body=b'%b,"padding":"%b"}' % (body, b"0" * missing))


def make_plain(members: Mapping[str, object]) -> Answer:
    """Answer 200 with an object that depends on nobody's links."""
    return Answer(body=orjson.dumps(members))


def make_refusal(refused: Refused) -> Answer:
    """Answer a problem; 401 says how to come in."""
    status, body = make_problem(refused)
    headers = {"www-authenticate": 'DPoP algs="ES256 EdDSA"'} if status == 401 else {}
    return Answer(status=status, media_type=MEDIA_TYPE, body=body, headers=headers)
