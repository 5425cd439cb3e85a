"""The request that docs/links/organisations.md works out, asked of the wall as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

from psycopg.types.json import Jsonb

from links.govern.commands.client import read_keys
from tests.links.serving import serving_links

if TYPE_CHECKING:
    import pytest

    from links.keys.operations import Vault
    from tests.links.world import World

PAGE = Path(__file__).resolve().parents[2] / "docs" / "links" / "organisations.md"


def test_the_worked_request_is_answered(
    world: World,
    key_service: Vault,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = PAGE.read_text(encoding="utf-8")
    (program,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    (make_keys,) = re.findall(r"<<'END'\n(.*?)^ *END$", text, re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(dedent(make_keys), str(PAGE), "exec"), {})  # noqa: S102 - the page's own program
    assert (tmp_path / "client-key.json").stat().st_mode & 0o777 == 0o600
    public = read_keys(tmp_path / "client-public.json")
    with world.connect() as connection:
        connection.execute(
            "update links.client set keys = %s where id = 'cpas-app'",
            (Jsonb(public),),
        )
    with serving_links(world.settings) as served:
        issuer = world.settings.issuer
        changes = {
            '"http://127.0.0.1:8020"': f'"{issuer}"',
            '"authority-app"': '"cpas-app"',
            # The wall of a test listens where there was room.
            "Request(WALL + path": f'Request("{served.urls[0]}" + path',
        }
        for said, here in changes.items():
            assert program.count(said) == 1
            program = program.replace(said, here)
        exec(compile(program, str(PAGE), "exec"), {})  # noqa: S102 - the page's own program
    assert capsys.readouterr().out == "True\n"
