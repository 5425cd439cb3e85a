"""The request that docs/links/organisations.md works out, asked of the wall as it stands there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from joserfc.jwk import ECKey
from psycopg.types.json import Jsonb

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
    key = ECKey.generate_key("P-256", {"kid": "2026-11"})
    (tmp_path / "client-key.json").write_text(json.dumps(key.as_dict(private=True)))
    monkeypatch.chdir(tmp_path)
    with world.connect() as connection:
        connection.execute(
            "update links.client set keys = %s where id = 'cpas-app'",
            (Jsonb([key.as_dict(private=False)]),),
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
