"""The five minutes of the README are commands that a script can run one by one."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"<!-- quick-start:begin -->\s*```sh\n(.*?)```\s*<!-- quick-start:end -->", re.DOTALL
)


def list_commands() -> list[str]:
    match = BLOCK.search(README)
    assert match is not None, "README.md has no quick start between its markers"
    lines = match[1].splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def test_the_register_is_started_first_and_the_rest_asks_it() -> None:
    first, *commands = list_commands()
    assert first == "./best up"
    assert len(commands) >= 5
    for command in commands:
        words = shlex.split(command)
        assert words[0] == "curl", command
        urls = [word for word in words if "://" in word]
        assert len(urls) == 1, command
        assert urls[0].startswith("http://127.0.0.1:8000/"), command
        assert not set("|;&<>") & {word for word in words if len(word) == 1}, command


def test_the_address_that_everybody_knows_is_asked_for_first() -> None:
    assert list_commands()[1].endswith("/v1/addresses/bru-210225")
