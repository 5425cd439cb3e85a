"""BEST_DATABASE_URL: somebody else's server, a user who is no superuser."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from deploy.private_database import connect_as_superuser
from deploy.throwaway import throwaway_cluster
from registry.settings import Settings
from registry.store.connections import PRIVATE_PORT, Role, connect, get_socket_directory
from tests.deploy.conftest import Best
from tests.deploy.test_up import RUE_DE_LA_LOI_16, get


@pytest.fixture(scope="module")
def server() -> Iterator[Settings]:
    """A server without our roles: as an administrator hands it out."""
    with throwaway_cluster() as settings:
        with connect_as_superuser(settings.home, "postgres") as connection:
            connection.execute("drop database best")
            for role in Role:
                connection.execute(f"drop role {role}")
            connection.execute("create role plain login")
            connection.execute("create role maker login createrole")
        yield settings


def make_url(settings: Settings, user: str, database: str) -> str:
    socket = str(get_socket_directory(settings.home)).replace("/", "%2F")
    return f"postgresql://{user}@{socket}:{PRIVATE_PORT}/{database}"


def make_database(server: Settings, name: str, owner: str, *, with_extensions: bool) -> str:
    with connect_as_superuser(server.home, "postgres") as connection:
        connection.execute(f"create database {name} owner {owner}")
    if with_extensions:
        with connect_as_superuser(server.home, name) as connection:
            for extension in ("postgis", "pg_trgm", "unaccent", "btree_gist"):
                connection.execute(f"create extension {extension}")
    return make_url(server, owner, name)


def test_a_user_who_may_create_roles_gets_them_separated(server: Settings, home: Path) -> None:
    url = make_database(server, "separated", "maker", with_extensions=True)
    best = Best(home=home, database_url=url)
    with best.up() as serving:
        assert get(serving.port, RUE_DE_LA_LOI_16)["houseNumber"] == "16"
    settings = Settings(home=home, database_url=url)
    for role in Role:
        with connect(settings, role) as connection:
            assert connection.execute("select current_user").fetchone() == (role,)
    checks = {c["name"]: c["verdict"] for c in json.loads(best.run("doctor", "--json").stdout)}
    assert checks["roles"] == "ok"
    assert not (home / "cluster").exists()


def test_a_user_who_may_not_create_roles_is_served_and_told(server: Settings, home: Path) -> None:
    drop_roles(server)
    url = make_database(server, "unseparated", "plain", with_extensions=True)
    best = Best(home=home, database_url=url)
    with best.up() as serving:
        assert get(serving.port, RUE_DE_LA_LOI_16)["houseNumber"] == "16"
    checks = {c["name"]: c["verdict"] for c in json.loads(best.run("doctor", "--json").stdout)}
    assert checks["roles"] == "warn"


def test_roles_made_by_an_administrator_are_used(server: Settings, home: Path) -> None:
    drop_roles(server)
    with connect_as_superuser(server.home, "postgres") as connection:
        for role in Role:
            connection.execute(f"create role {role} nologin")
            connection.execute(f"grant {role} to plain")
    url = make_database(server, "granted", "plain", with_extensions=True)
    best = Best(home=home, database_url=url)
    assert best.run("migrate").returncode == 0
    asked = best.run("psql", "-Atc", "select current_user")
    assert asked.stdout.strip() == "best_reader"


def drop_roles(server: Settings) -> None:
    with connect_as_superuser(server.home, "postgres") as connection:
        for database in ("separated", "unseparated", "granted"):
            connection.execute(f"drop database if exists {database} with (force)")
        for role in Role:
            connection.execute(f"drop role if exists {role}")


def test_missing_postgis_is_said_with_what_the_administrator_must_run(
    server: Settings, home: Path
) -> None:
    url = make_database(server, "bare", "plain", with_extensions=False)
    result = Best(home=home, database_url=url).run("migrate")
    assert result.returncode == 3
    assert "create extension postgis;" in result.stderr


def test_a_server_that_is_down_is_said_without_the_password(home: Path) -> None:
    url = make_conninfo("postgresql://me:secret@127.0.0.1:1/db")
    assert "secret" in url
    result = Best(home=home, database_url="postgresql://me:secret@127.0.0.1:1/db").run("migrate")
    assert result.returncode == 3
    assert "secret" not in result.stderr
    assert "does not answer" in result.stderr
