"""`./best mirror` from an empty machine to a proven replica, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.session import open_session
from registry.settings import Settings
from registry.store.connections import Role, connect
from tests.deploy.conftest import Best, make_home

if TYPE_CHECKING:
    from tests.mirror.upstream import Upstream


def tamper(settings: Settings) -> None:
    with open_session(settings), connect(settings, Role.OWNER) as connection:
        connection.execute(
            "delete from registry.address_version where region = 'bru' and object_id = '7'"
        )


def test_a_mirror_is_made_compared_and_resumed(upstream: Upstream) -> None:
    with make_home() as home:
        best = Best(home=home)
        nothing = best.run("mirror", "--once")
        assert (nothing.returncode, "no mirror yet" in nothing.stderr) == (1, True)
        made = best.run("mirror", upstream.url, "--once")
        assert made.returncode == 0, made.stderr
        assert "Up to date" in made.stderr
        again = best.run("mirror", "--once")  # the URL is remembered
        assert (again.returncode, "Snapshot" in again.stderr) == (0, False)
        assert best.run("mirror", "--verify").stdout.startswith("equal: ")
        tamper(Settings(home=home))
        compared = best.run("mirror", "--verify")
        assert compared.returncode == 1
        assert compared.stdout == (
            "different: BE-BRU, municipality 21004: addresses 7 is missing here\n"
        )
