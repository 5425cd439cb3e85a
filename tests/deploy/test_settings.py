from pathlib import Path

import pytest

from deploy.cluster import Cluster, check_socket_path
from deploy.cluster_settings import make_cluster_settings, write_cluster_settings
from registry.domain.errors import EnvironmentProblem
from registry.settings import GRID_NAME, Settings


def test_home_is_taken_from_the_environment(tmp_path: Path) -> None:
    assert Settings.from_environment({"BEST_HOME": str(tmp_path)}).home == tmp_path


def test_an_empty_variable_counts_as_absent(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {"BEST_HOME": str(tmp_path), "BEST_DATABASE_URL": "", "BEST_PUBLIC_URL": ""}
    )
    assert (settings.database_url, settings.public_url) == (None, None)


def test_public_url_loses_its_last_slash() -> None:
    assert (
        Settings.from_environment({"BEST_PUBLIC_URL": "https://best.example/"}).public_url
        == "https://best.example"
    )


def test_a_database_url_of_another_kind_is_refused_without_showing_its_password() -> None:
    with pytest.raises(EnvironmentProblem) as caught:
        Settings.from_environment({"BEST_DATABASE_URL": "mysql://me:secret@host/db"})
    assert "secret" not in str(caught.value)


def test_a_named_grid_that_is_absent_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="BEST_PROJ_GRID"):
        Settings.from_environment({"BEST_PROJ_GRID": str(tmp_path / "absent.tif")})


@pytest.mark.parametrize("variable", ["PROJ_DATA", "PROJ_LIB"])
def test_grid_is_found_in_each_directory_of_proj(tmp_path: Path, variable: str) -> None:
    grid = tmp_path / GRID_NAME
    grid.write_bytes(b"")
    environ = {"BEST_HOME": str(tmp_path / "home"), variable: f"/nonexistent:{tmp_path}"}
    assert Settings.from_environment(environ).proj_grid == grid


def test_the_home_of_best_has_the_grid_before_proj(tmp_path: Path) -> None:
    for place in (tmp_path / "home" / "proj", tmp_path / "other"):
        place.mkdir(parents=True)
        (place / GRID_NAME).write_bytes(b"")
    environ = {"BEST_HOME": str(tmp_path / "home"), "PROJ_DATA": str(tmp_path / "other")}
    assert Settings.from_environment(environ).proj_grid == tmp_path / "home" / "proj" / GRID_NAME


def test_a_home_too_long_for_a_socket_is_refused() -> None:
    longest = "/" + "x" * (107 - len("/cluster/socket/.s.PGSQL.5432") - 1)
    check_socket_path(Cluster(home=Path(longest)))
    with pytest.raises(EnvironmentProblem, match="shorter"):
        check_socket_path(Cluster(home=Path(longest + "x")))


@pytest.mark.parametrize(("gigabytes", "cache"), [(0.25, "128MB"), (2, "512MB"), (64, "1024MB")])
def test_the_cache_is_a_quarter_of_memory_within_limits(gigabytes: float, cache: str) -> None:
    settings = make_cluster_settings(
        socket_directory=Path("/s"), log_directory=Path("/l"), memory_bytes=int(gigabytes * 2**30)
    )
    assert settings["shared_buffers"] == cache


def test_a_quote_in_a_path_cannot_end_a_setting() -> None:
    assert r"x = 'it''s \\ here'" in write_cluster_settings({"x": "it's \\ here"})
