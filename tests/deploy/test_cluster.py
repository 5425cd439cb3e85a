import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from deploy.cluster import (
    Cluster,
    is_made,
    is_running,
    make_cluster,
    read_version,
    start_cluster,
    stop_cluster,
)
from deploy.cluster_processes import find_processes
from deploy.private_database import connect_as_superuser
from registry.domain.errors import EnvironmentProblem


@pytest.fixture
def cluster(home: Path) -> Iterator[Cluster]:
    cluster = Cluster(home=home)
    make_cluster(cluster)
    start_cluster(cluster)
    yield cluster
    if is_running(cluster):
        stop_cluster(cluster)


def find_postmaster(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().splitlines()[0])


def count(cluster: Cluster) -> int:
    with connect_as_superuser(cluster.home, "postgres") as connection:
        return connection.execute("select count(*) from kept").fetchone()[0]


def keep_a_row(cluster: Cluster) -> None:
    with connect_as_superuser(cluster.home, "postgres") as connection:
        connection.execute("create table kept as select 1 as x")


def test_nobody_else_may_reach_the_socket_and_nothing_listens_on_tcp(cluster: Cluster) -> None:
    assert cluster.socket_directory.stat().st_mode & 0o777 == 0o700
    assert cluster.directory.stat().st_mode & 0o777 == 0o700
    with connect_as_superuser(cluster.home, "postgres") as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)


def test_settings_are_those_of_our_file(cluster: Cluster) -> None:
    with connect_as_superuser(cluster.home, "postgres") as connection:
        wrong = connection.execute(
            "select name, error from pg_file_settings where error is not null"
        )
        assert wrong.fetchall() == []
        assert connection.execute("show wal_compression").fetchone() == ("lz4",)
        assert connection.execute("show data_checksums").fetchone() == ("on",)


def test_a_killed_server_starts_again_with_what_was_committed(cluster: Cluster) -> None:
    keep_a_row(cluster)
    os.kill(find_postmaster(cluster), signal.SIGKILL)
    start_cluster(cluster)
    assert count(cluster) == 1


def test_backends_that_outlive_a_killed_postmaster_are_ended_first(cluster: Cluster) -> None:
    """A backend in the middle of a computation does not notice that its postmaster is gone."""
    keep_a_row(cluster)
    with closing(connect_as_superuser(cluster.home, "postgres")) as busy:
        backend = busy.info.backend_pid
        busy.pgconn.send_query(b"do $$ begin loop perform 1; end loop; end $$")
        time.sleep(0.2)
        os.kill(find_postmaster(cluster), signal.SIGKILL)
        assert backend in find_processes(cluster.data)
        start_cluster(cluster)
        assert backend not in find_processes(cluster.data)
    assert count(cluster) == 1


def test_lock_files_that_name_a_stranger_are_no_obstacle(cluster: Cluster) -> None:
    """After a reboot, the number in postmaster.pid belongs to some other process."""
    stop_cluster(cluster)
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.data}\n0\n5432\n")
    lock = cluster.socket_file.with_name(f"{cluster.socket_file.name}.lock")
    lock.write_text(f"{os.getpid()}\n")
    start_cluster(cluster)
    assert is_running(cluster)


def test_a_half_made_cluster_is_made_anew(home: Path) -> None:
    cluster = Cluster(home=home)
    leftover = cluster.directory / "data.new"
    leftover.mkdir(parents=True)
    (leftover / "PG_VERSION").write_text("15\n")
    assert not is_made(cluster)
    make_cluster(cluster)
    assert is_made(cluster)
    assert not leftover.exists()


def test_data_of_a_version_that_is_gone_is_said(cluster: Cluster) -> None:
    stop_cluster(cluster)
    (cluster.data / "PG_VERSION").write_text("14\n")
    assert read_version(cluster) == 14
    with pytest.raises(EnvironmentProblem, match="made by PostgreSQL 14"):
        start_cluster(cluster)


def test_a_stopped_cluster_leaves_no_process(cluster: Cluster) -> None:
    assert find_processes(cluster.data)
    stop_cluster(cluster)
    assert find_processes(cluster.data) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_a_home_that_postgres_may_not_enter_is_said(home: Path) -> None:
    home.parent.chmod(0o700)
    with pytest.raises(EnvironmentProblem, match="may not enter"):
        make_cluster(Cluster(home=home))
