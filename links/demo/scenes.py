"""Five scenes: what the wall answers, refuses and shows. Each returns what happened, in lines."""

from __future__ import annotations

import json
import urllib.request
from hashlib import sha256
from typing import TYPE_CHECKING

from joserfc import jwt

from links.clock import utc_now
from links.demo.cast import RIGHT_OF_INSURER, RIGHTS, grant, make_document
from links.demo.stage import ISSUER
from registry.domain.errors import InputRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from links.api.requester import Reply
    from links.demo.cast import Cast
    from links.demo.stage import Stage


def play_dossier(_: Stage, cast: Cast) -> Iterator[str]:
    """A social worker with an open dossier asks where her client lives."""
    reply = _ask_address(cast, cast.with_dossier)
    yield f"CPAS, dossier PrimaWeb-1, asks where {_mask(cast.with_dossier)} lives."
    yield f"Answer {reply.status}: {json.dumps(_without_padding(reply))}"
    check(bool(reply.content.get("addresses")), "the address was not answered")


def play_no_dossier(_: Stage, cast: Cast) -> Iterator[str]:
    """The same worker asks about somebody who is no client of hers."""
    known, unknown = (_ask_address(cast, one) for one in (cast.without_dossier, cast.stranger))
    yield f"CPAS asks about {_mask(cast.without_dossier)}, of whom it has no dossier."
    yield f"Answer {known.status}: {json.dumps(_without_padding(known))}"
    yield f"SHA-256 of the answer:                       {sha256(known.body).hexdigest()}"
    yield f"of the answer about somebody nobody knows:   {sha256(unknown.body).hexdigest()}"
    check(known.body == unknown.body, "the two answers differ")


def play_insurer(stage: Stage, cast: Cast) -> Iterator[str]:
    """An insurer would like to know who lives where it insures."""
    yield "Two officers want to grant an insurer the right to verify who lives at an address."
    try:
        grant(stage.settings, make_document("DEMO/insurance", RIGHT_OF_INSURER), cast.officers)
    except InputRefused as refused:
        yield f"The database refuses: {refused}"
    else:
        check(False, "the insurer was granted a right")  # noqa: FBT003


def play_combination(_: Stage, cast: Cast) -> Iterator[str]:
    """An agency may ask for tax, and may ask for health; not both of one address."""
    for right in ("DEMO/tax", "DEMO/health"):
        requester = cast.clients["finance"]
        content = _make_request(right) | {
            "address": cast.home,
            "subject": {"type": "person", "value": cast.without_dossier},
        }
        reply = requester.ask("/v1/verify", content, requester.fetch_token(right))
        told = _without_padding(reply)
        yield f"Under {right}: {reply.status} {told.get('result', told.get('detail', told))}"
        check(reply.status == (200 if right == "DEMO/tax" else 403), "the combination was answered")


def play_citizen(stage: Stage, cast: Cast) -> Iterator[str]:
    """The person of the first scene looks who asked about him."""
    usages = _look(stage, cast.with_dossier, "/v1/me/usages")["usages"]
    notices = _look(stage, cast.with_dossier, "/v1/me/notifications?lang=en")["notifications"]
    yield f"{_mask(cast.with_dossier)} sees {len(usages)} look:"
    yield from json.dumps(usages, ensure_ascii=False, indent=1).splitlines()
    yield "and found in the mail box:"
    yield from (f"| {line}" for one in notices for line in (one["title"], *one["body"].split("\n")))
    page = stage.place / "page.html"
    page.write_bytes(_fetch(stage, cast.with_dossier, "/?lang=en"))
    yield f"The page of the same is {page.stat().st_size:,} bytes of HTML, rendered on the server."
    check(len(usages) == 1, "there is not exactly one look")


SCENES: Mapping[str, Callable[[Stage, Cast], Iterator[str]]] = {
    "An open dossier is answered": play_dossier,
    "No dossier: the same bytes as for nothing": play_no_dossier,
    "An insurer is refused by the database": play_insurer,
    "Tax and health at one address are refused": play_combination,
    "The citizen sees the look": play_citizen,
}


def check(holds: bool, otherwise: str) -> None:
    """Stop the demonstration when something was not as it says."""
    if not holds:
        raise AssertionError(otherwise)


def _ask_address(cast: Cast, person: str) -> Reply:
    requester = cast.clients["cpas"]
    content = _make_request("DEMO/aid") | {"subject": {"type": "person", "value": person}}
    return requester.ask("/v1/addresses", content, requester.fetch_token("DEMO/aid"))


def _make_request(right: str) -> dict[str, object]:
    return {
        "deliberation": right,
        "purpose": RIGHTS[right]["purpose"],
        "caseReference": "PrimaWeb-1",
        "endUser": "worker-7",
        "correlationId": f"demo-{utc_now():%H%M%S%f}",
        "kind": "residence",
    }


def _without_padding(reply: Reply) -> dict[str, object]:
    return {name: value for name, value in reply.content.items() if name != "padding"}


def _look(stage: Stage, person: str, path: str) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = json.loads(_fetch(stage, person, path))
    return found


def _fetch(stage: Stage, person: str, path: str) -> bytes:
    now = int(utc_now().timestamp())
    claims: dict[str, object] = {"iss": ISSUER, "aud": stage.settings.citizen_url, "iat": now}
    claims |= {"exp": now + 300, "ssin": person}
    header = {"alg": "ES256", "kid": "demo", "typ": "JWT"}
    token = jwt.encode(header, claims, stage.identity_key)
    request = urllib.request.Request(  # noqa: S310 - a server of ours
        stage.settings.citizen_url + path, headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        content: bytes = answer.read()
    return content


def _mask(person: str) -> str:
    return f"{person[:2]}.{person[2:4]}.xx-xxx.xx"
