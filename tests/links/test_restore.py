"""A backup comes back by its commands alone, into a wall that is made for it."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from links.api.requester import Requester
from links.keys.keyring import KeyRing, find_keyring
from links.operations.cluster import is_running, start_cluster, stop_cluster
from links.operations.throwaway import throwaway_home
from links.store.connections import connect_as_superuser
from tests.links.chains import insert_acts
from tests.links.running import make_environment, run_links, running_up, wait_until
from tests.links.serving import make_question, person
from tests.links.world import PEOPLE, World, make_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from links.settings import LinksSettings


def prepare(environment: dict[str, str]) -> None:
    done = run_links(environment, "up", "--prepare")
    assert done.returncode == 0, done.stderr


@contextmanager
def started(settings: LinksSettings) -> Iterator[None]:
    start_cluster(settings)
    try:
        yield
    finally:
        stop_cluster(settings)


def ask_for_anna(world: World, environment: dict[str, str]) -> object:
    """Whether the wall finds her where she lives."""
    client = world.clients["cpas"]
    requester = Requester(
        issuer=f"http://127.0.0.1:{environment['BEST_LINKS_PORT']}",
        client=client.id,
        kid=client.kid,
        key=client.key,
        possession=Ed25519PrivateKey.generate(),
    )
    question = make_question("cpas_verify", address="bru-900001", subject=person(PEOPLE["anna"]))
    return requester.ask("/v1/verify", question, requester.fetch_token()).content.get("result")


def make_old_wall(settings: LinksSettings, environment: dict[str, str], place: Path) -> World:
    """A wall that was asked something, whose log was signed, and a backup of it in `place`."""
    prepare(environment)
    with started(settings):
        world = make_world(settings, KeyRing.from_file(find_keyring(settings)))
        insert_acts(world)
    with running_up(environment, place / "log"):
        assert ask_for_anna(world, environment) is True
        wait_until(lambda: list(settings.home.glob("transparency/checkpoints/*")))
        key = place / "carried-away.key"
        assert run_links(environment, "backup", "--make-key", str(key)).returncode == 0
        assert run_links(environment, "backup", str(place / "new/backups")).returncode == 0
    return world


@pytest.fixture
def new() -> Iterator[LinksSettings]:
    with throwaway_home() as settings:
        yield settings
        if is_running(settings):
            stop_cluster(settings, "immediate")


def test_a_backup_comes_back_by_its_commands(tmp_path: Path, new: LinksSettings) -> None:
    with throwaway_home() as old:
        environment = make_environment(old, "none")
        world = make_old_wall(old, environment, tmp_path)
        (backup,) = (tmp_path / "new/backups").iterdir()
        environment |= {"BEST_LINKS_HOME": str(new.home)}
        restore = ("restore", str(backup), "--key", str(tmp_path / "carried-away.key"))
        prepare(environment)  # it may be there already, empty, and with other keys
        done = run_links(environment, *restore)
        assert done.returncode == 0, done.stderr
        assert f"{find_keyring(new)} is not the keyring of this database" in done.stdout
        assert not is_running(new)
        check_that_up_refuses(new, environment)
        for name in ("keys", "audit", "witness"):
            shutil.copytree(old.secrets / name, new.secrets / name)
    with running_up(environment, tmp_path / "log"):
        assert ask_for_anna(world, environment) is True
        wait_until((new.home / "transparency/keys/log.vkey").exists)
        verified = run_links(environment, "verify")
        assert verified.returncode == 0, verified.stdout
        assert "nothing is wrong" in verified.stdout
        with connect_as_superuser(new) as connection:
            found = connection.execute(
                "select count(*) filter (where body::jsonb ->> 'type' = 'intent'),"
                " (select count(*) > 0 from links.checkpoint) from links.record"
            ).fetchone()
        assert found == (2, True)  # that of before the backup, and that of now
        doctor = run_links(environment, "doctor")
        assert doctor.returncode == 0, doctor.stdout
        running = run_links(environment, *restore)
        assert (running.returncode, "runs already" in running.stderr) == (3, True)


def check_that_up_refuses(new: LinksSettings, environment: dict[str, str]) -> None:
    """New keys would be made, and find nobody: that would be the answer to every question."""
    for name in ("keys", "audit", "witness"):
        shutil.rmtree(new.secrets / name)
    up = run_links(environment, "up")
    assert up.returncode == 3
    assert f"{find_keyring(new)} is missing" in up.stderr
    assert f"{new.secrets / 'audit' / 'log.key'} is missing" in up.stderr
    assert not find_keyring(new).exists()
    assert not is_running(new)
