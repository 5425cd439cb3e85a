"""Exit codes and words of the commands that need no served register."""

import json
import subprocess
from pathlib import Path

import pytest

from deploy.cluster import Cluster, is_running
from tests.deploy.conftest import CHECKOUT, Best


def test_help_needs_nothing_installed(tmp_path: Path) -> None:
    """The script alone, in a directory without Python packages."""
    alone = tmp_path / "best"
    alone.write_bytes((CHECKOUT / "best").read_bytes())
    result = subprocess.run(
        ["sh", str(alone), "--help"], capture_output=True, text=True, check=True, env={}
    )
    assert "./best COMMAND" in result.stdout
    assert list(tmp_path.iterdir()) == [alone]


def test_help_names_every_command() -> None:
    from deploy.__main__ import COMMANDS

    text = subprocess.run(
        ["sh", "best", "--help"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    for command in COMMANDS:
        assert f"\n  {command} " in text.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        *[(), ("nonsense",), ("up", "--nonsense"), ("up", "--port", "x"), ("down", "now")],
        *[("reset",), ("import", "--columns", "x.toml")],
    ],
)
def test_wrong_usage_exits_2_and_makes_nothing(best: Best, arguments: tuple[str, ...]) -> None:
    assert best.run(*arguments).returncode == 2
    assert not best.home.exists()


def test_install_starts_and_makes_nothing(best: Best) -> None:
    assert best.run("install").returncode == 0
    assert not best.home.exists()


def test_down_of_nothing_is_done(best: Best) -> None:
    assert best.run("down").returncode == 0
    assert not best.home.exists()


def test_doctor_of_nothing_says_how_to_begin(best: Best) -> None:
    result = best.run("doctor")
    assert result.returncode == 0
    assert "./best up" in result.stdout
    assert not best.home.exists()


def test_migrate_then_psql_then_reset(best: Best) -> None:
    assert best.run("migrate").returncode == 0
    asked = best.run("psql", "-Atc", "select current_user")
    assert (asked.returncode, asked.stdout.strip()) == (0, "best_reader")
    assert not is_running(Cluster(home=best.home))
    kept = best.home / "proj" / "grid.tif"
    kept.parent.mkdir()
    kept.write_bytes(b"")
    result = best.run("reset", "--yes")
    assert result.returncode == 0
    assert "apt-get remove" in result.stderr
    assert [path.name for path in best.home.iterdir()] == ["proj"]


@pytest.fixture(scope="module")
def migrated(module_home: Path) -> Best:
    """A home with a register that is empty, or as good as that; nothing runs in it."""
    best = Best(home=module_home)
    assert best.run("migrate").returncode == 0
    return best


def test_psql_passes_its_exit_code_on(migrated: Best) -> None:
    assert migrated.run("psql", "-c", "select no_such_column").returncode == 1


def test_doctor_json_is_the_only_standard_output(migrated: Best) -> None:
    result = migrated.run("doctor", "--json")
    checks = {check["name"]: check["verdict"] for check in json.loads(result.stdout)}
    assert result.returncode == 0
    assert checks["server"] == checks["migrations"] == checks["roles"] == "ok"
    assert checks["privileges of best_reader"] == checks["privileges of best_importer"] == "ok"


def test_import_of_a_file_that_is_no_delivery_is_refused(migrated: Best, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.zip"
    wrong.write_bytes(b"this is no zip")
    wrong.chmod(0o644)
    result = migrated.run("import", str(wrong))
    assert result.returncode == 1
    assert "wrong.zip" in result.stderr
    assert "Traceback" not in result.stderr


def test_outlines_of_municipalities_are_imported(migrated: Best, tmp_path: Path) -> None:
    ring = [[3.7, 51.0], [3.8, 51.0], [3.8, 51.1], [3.7, 51.0]]
    ghent = {
        "type": "Feature",
        "properties": {"NIS5": 44021},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path = tmp_path / "ghent.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [ghent]}))

    done = migrated.run("import", "--boundaries", str(path))
    refused = migrated.run("import", "--boundaries", str(path), str(path))

    told = "1 outlines read, 1 in use (0 joined of merged municipalities).\n"
    assert (done.returncode, done.stdout) == (0, told), done.stderr
    assert "inspecting" not in done.stderr  # nothing is published, so nothing is scored
    assert refused.returncode == 1
    assert "imports its own FILE and nothing else" in refused.stderr


def test_a_home_that_cannot_be_written_is_the_environments_fault(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    result = Best(home=Path(blocked) / "best").run("migrate")
    assert result.returncode == 3
    assert "BEST_HOME" in result.stderr
