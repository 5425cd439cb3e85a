"""`./best backup` and `./best restore` as people meet them: words, exit codes, readers."""

from __future__ import annotations

import json
import time
import urllib.error
from typing import TYPE_CHECKING

import pytest

from tests.deploy.test_up import RUE_DE_LA_LOI_16, get

if TYPE_CHECKING:
    from pathlib import Path

    from tests.deploy.conftest import Best

AGAIN_SECONDS = 5.0
RELEASES = ("psql", "-Atc", "select count(*) from best.release")


def add_real_release(best: Best, number: int) -> None:
    statement = (
        "insert into registry.release values"
        f" ({number}, 'bru', 'open', {number}, {number}, now(), '{{}}', '', 0)"
    )
    assert best.run("psql", "--role", "owner", "-c", statement).returncode == 0


def wait_until_it_answers(port: int) -> float:
    began = time.monotonic()
    while time.monotonic() - began < AGAIN_SECONDS:
        try:
            assert get(port, RUE_DE_LA_LOI_16)["houseNumber"] == "16"
        except urllib.error.HTTPError:  # 503: connecting again
            time.sleep(0.05)
        else:
            break
    return time.monotonic() - began


def test_restored_under_a_server_that_goes_on_then_on_a_new_machine(
    best: Best, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    with best.up() as serving:
        made = best.run("backup", str(tmp_path))
        assert made.returncode == 0, made.stderr
        backup = made.stdout.strip()

        restored = best.run("restore", backup)  # the sample is replaced without asking

        assert restored.returncode == 0, restored.stderr
        assert wait_until_it_answers(serving.port) < AGAIN_SECONDS
        assert best.run("backup", "--verify", backup).returncode == 0
    assert best.run("reset", "--yes").returncode == 0
    assert best.run("restore", backup).returncode == 0  # nothing there: as on a new machine
    checks = {c["name"]: c["verdict"] for c in json.loads(best.run("doctor", "--json").stdout)}
    assert {checks[name] for name in ("migrations", "roles", "counts")} == {"ok"}
    assert {checks[f"privileges of best_{who}"] for who in ("reader", "importer")} == {"ok"}


def test_real_data_is_replaced_only_with_yes(best: Best) -> None:
    with best.up("--no-sample"):
        add_real_release(best, 1)
        backup = best.run("backup").stdout.strip()
        assert backup.startswith(str(best.home / "backups"))
        add_real_release(best, 2)

        refused = best.run("restore", backup)

        assert refused.returncode == 2
        assert "--yes" in refused.stderr
        rehearsed = best.run("restore", "--dry-run", backup)
        assert rehearsed.returncode == 0, rehearsed.stderr
        assert best.run(*RELEASES).stdout.strip() == "2"
        assert best.run("restore", backup, "--yes").returncode == 0
        assert best.run(*RELEASES).stdout.strip() == "1"


@pytest.mark.parametrize(
    "arguments",
    [
        ("restore", "."),
        ("backup", "--verify"),
        ("backup", "--keep", "0"),
        ("backup",),  # no database yet
    ],
)
def test_wrong_places_are_refused_and_make_nothing(best: Best, arguments: tuple[str, ...]) -> None:
    result = best.run(*arguments)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert not best.home.exists()
