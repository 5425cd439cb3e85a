"""docs/howto/search.md: each of its questions is answered, by something."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = (CHECKOUT / "docs" / "howto" / "search.md").read_text(encoding="utf-8")


def test_the_questions_of_the_page_find_something(client: httpx2.Client) -> None:
    commands = [shlex.split(line) for line in re.findall(r"^curl -s (.*)$", PAGE, re.MULTILINE)]
    assert len(commands) == 8
    for address, *options in commands:
        url = address.removeprefix("http://127.0.0.1:8000")
        if options:
            sent = {"content": options[-1], "headers": {"Content-Type": "application/json"}}
            body = client.post(url, **sent).json()
            assert body["address"]["id"] == "bru-210225", url
        else:
            assert client.get(url).json()["items"], url
