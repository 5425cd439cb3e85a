"""`./best up` as people meet it: first, again, after a crash, on a busy port, as whom, at once."""

import itertools
import json
import os
import pwd
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.cluster import Cluster, is_running
from deploy.door import DOOR, WORKER, is_part_running
from registry.clock import utc_now
from registry.deliveries.agencies import add_agency
from registry.settings import Settings
from registry.store.connections import Role, connect
from tests.deploy.conftest import CHECKOUT, Best, find_free_ports

READY_SECONDS = 1.0
BUSY_SHARE = 0.5
"""Of the time until ready, something waits for a processor a third on two idle cores."""
RUE_DE_LA_LOI_16 = "/v1/addresses/bru-210225"

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def get(port: int, path: str) -> dict:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def served(module_home: Path) -> Best:
    """A home that was up once, so that it holds the sample; nothing runs in it now."""
    best = Best(home=module_home)
    with best.up() as serving:
        assert get(serving.port, RUE_DE_LA_LOI_16)["houseNumber"] == "16"
    return best


def time_best_of_five(served: Best) -> float:
    """Seconds until ready: of five runs the best, since machines pause for others' work."""
    best, least_waiting = float("inf"), float("inf")
    for _ in range(5):
        waited = read_waiting()
        with served.up() as serving:
            least_waiting = min(least_waiting, (read_waiting() - waited) / serving.seconds)
            assert get(serving.port, RUE_DE_LA_LOI_16)["houseNumber"] == "16"
        best = min(best, serving.seconds)
        if best < READY_SECONDS:
            break
    if best >= READY_SECONDS and least_waiting > BUSY_SHARE:
        pytest.skip(f"ready after {best:.2f} s, but other work kept the machine busy all the time")
    return best


def read_waiting() -> float:
    """Seconds in which something waited for a processor; a kernel that keeps none says 0."""
    try:
        text = Path("/proc/pressure/cpu").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return int(text.partition("total=")[2].split()[0]) / 1e6


@pytest.mark.alone
def test_the_second_run_is_ready_within_a_second(served: Best) -> None:
    assert time_best_of_five(served) < READY_SECONDS


@pytest.mark.alone
def test_a_run_beside_another_is_ready_within_a_second(served: Best) -> None:
    with served.up():
        assert time_best_of_five(served) < READY_SECONDS


def test_the_first_to_end_leaves_the_database_to_the_second(served: Best) -> None:
    with served.up() as second:
        with served.up():
            pass
        assert get(second.port, RUE_DE_LA_LOI_16)["houseNumber"] == "16"
    assert not is_running(Cluster(home=served.home))


def test_a_sample_that_was_stopped_half_way_is_finished(served: Best) -> None:
    with served.up(), connect(Settings(home=served.home), Role.OWNER) as connection:
        connection.execute("delete from registry.release where region = 'wal'")
        for table in ("total", "proof", "proof_street"):
            connection.execute(f"delete from registry.{table} where region = 'wal'")  # type: ignore[arg-type]
        for table in ("address", "street_name", "municipality", "part_of_municipality"):
            connection.execute(f"delete from registry.{table}_version where region = 'wal'")  # type: ignore[arg-type]
            connection.execute(f"delete from registry.{table} where region = 'wal'")  # type: ignore[arg-type]
    with served.up() as serving:
        assert get(serving.port, "/v1/municipalities?region=BE-WAL")["items"]


def test_it_recovers_from_a_killed_server(served: Best) -> None:
    with served.up():
        pid_file = served.home / "cluster" / "data" / "postmaster.pid"
        os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGKILL)
    with served.up() as serving:
        assert get(serving.port, RUE_DE_LA_LOI_16)["houseNumber"] == "16"


def test_it_starts_a_killed_server_again_and_serves_on(served: Best) -> None:
    with served.up() as serving:
        pid_file = served.home / "cluster" / "data" / "postmaster.pid"
        os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGKILL)
        deadline = time.monotonic() + 20
        while not answers(serving.port) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert get(serving.port, RUE_DE_LA_LOI_16)["houseNumber"] == "16"


def answers(port: int) -> bool:
    """Whether it answers over each connection of its pool: old ones are found out by asking."""
    try:
        return all(get(port, RUE_DE_LA_LOI_16) for _ in range(10))
    except OSError:
        return False


def test_it_recovers_from_being_killed_itself(served: Best) -> None:
    with served.up() as serving:
        serving.process.kill()
    with served.up() as serving:
        assert get(serving.port, RUE_DE_LA_LOI_16)["houseNumber"] == "16"


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_ending_it_is_no_failure_and_leaves_nothing_running(
    served: Best, by: signal.Signals
) -> None:
    with served.up() as serving:
        serving.process.send_signal(by)
        assert serving.process.wait(timeout=20) == 0
    assert not is_running(Cluster(home=served.home))


def test_down_ends_it_from_elsewhere(served: Best) -> None:
    with served.up() as serving:
        assert served.run("down").returncode == 0
        assert serving.process.wait(timeout=20) == 0
    assert not is_running(Cluster(home=served.home))


def test_it_says_what_to_try_and_where_the_country_is(served: Best) -> None:
    with served.up() as serving:
        assert serving.process.stdout is not None
        lines = itertools.takewhile(lambda line: "ctrl-C" not in line, serving.process.stdout)
        printed = "".join(lines)
    for expected in (f"http://127.0.0.1:{serving.port}", RUE_DE_LA_LOI_16, "./best import"):
        assert expected in printed


def test_a_busy_port_is_said_before_anything_is_made(best: Best) -> None:
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", 0))
        occupant.listen()
        port = occupant.getsockname()[1]
        result = best.run("up", "--port", str(port))
    assert result.returncode == 3
    assert str(port) in result.stderr
    assert "--port" in result.stderr
    assert not best.home.exists()


def test_four_first_starts_at_once_all_serve(best: Best) -> None:
    ports = find_free_ports(8)
    processes = [
        best.popen("up", "--port", str(ports[n]), "--metrics-port", str(ports[4 + n]))
        for n in range(4)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert any("Best is ready" in line for line in process.stdout), process.stderr.read()
        for port in ports[:4]:
            assert get(port, RUE_DE_LA_LOI_16)["houseNumber"] == "16"
    finally:
        for process in processes:
            process.terminate()
        codes = [(process.communicate(timeout=30), process.returncode)[1] for process in processes]
    assert codes == [0, 0, 0, 0]


def test_no_sample_leaves_the_register_empty(best: Best) -> None:
    with best.up("--no-sample"):
        releases = best.run(
            "psql", "--role", "owner", "-Atc", "select count(*) from registry.release"
        )
        assert releases.stdout.strip() == "0"


def list_children(process: int) -> dict[str, int]:
    """Return the parts of the agencies' door beneath a process, by name."""
    told = Path(f"/proc/{process}/task").glob("*/children")
    numbers = " ".join(path.read_text() for path in told).split()
    lines = {n: Path(f"/proc/{n}/cmdline").read_bytes().split(b"\0") for n in numbers}
    return {
        line[line.index(b"deploy.door") + 1].decode(): int(n)
        for n, line in lines.items()
        if b"deploy.door" in line
    }


def wait_for_parts(process: int, count: int) -> dict[str, int]:
    deadline = time.monotonic() + 20
    while len(parts := list_children(process)) != count:
        assert time.monotonic() < deadline, parts
        time.sleep(0.1)
    return parts


def wait_until_open(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            assert get(port, "/health")["status"] == "UP"
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the door did not open")


def test_the_agencies_door_is_there_with_the_first_agency_and_ends_with_up(best: Best) -> None:
    (door,) = find_free_ports(1)
    with best.up("--no-sample", "--deliveries-port", str(door)) as serving:
        process = serving.process.pid
        assert list_children(process) == {}
        with connect(Settings(home=best.home), Role.OWNER) as connection:
            add_agency(connection, "brussels", "Brussels", utc_now())
        first = wait_for_parts(process, 2)
        wait_until_open(door)
        os.kill(first["worker"], signal.SIGKILL)
        wait_for_parts(process, 1)
        second = wait_for_parts(process, 2)
        assert first["door"] == second["door"]
        deadline = time.monotonic() + 20
        while not all(is_part_running(best.home, part) for part in (DOOR, WORKER)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        serving.process.kill()
        deadline = time.monotonic() + 10
        while any(Path(f"/proc/{part}").exists() for part in second.values()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    with best.up("--no-sample", "--deliveries-port", str(door)) as serving:
        parts = wait_for_parts(serving.process.pid, 2)
        assert best.run("down").returncode == 0
        assert not any(Path(f"/proc/{part}").exists() for part in parts.values())
    assert not is_running(Cluster(home=best.home))


def test_a_busy_port_of_the_door_is_said(best: Best) -> None:
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", 0))
        occupant.listen()
        busy = str(occupant.getsockname()[1])
        ports = [str(port) for port in find_free_ports(2)]
        places = ("--port", ports[0], "--metrics-port", ports[1], "--deliveries-port", busy)
        result = best.run("up", *places)
    assert result.returncode == 3
    assert "--deliveries-port" in result.stderr
    assert not best.home.exists()


def test_two_services_at_one_port_are_refused(best: Best) -> None:
    (port,) = find_free_ports(1)
    result = best.run("up", "--port", str(port), "--deliveries-port", str(port + 1))
    assert result.returncode == 1
    assert f"--metrics-port {port + 1} (else the one after --port)" in result.stderr
    assert not best.home.exists()


@as_root
def test_a_plain_user_runs_it_in_a_home_of_their_own(home: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    skip_unless_python_is_open(nobody)
    home.mkdir()
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    best = Best(home=home, user="nobody")
    with best.up() as serving:
        assert get(serving.port, RUE_DE_LA_LOI_16)["houseNumber"] == "16"
        assert (home / "cluster" / "data").stat().st_uid == nobody.pw_uid
    assert best.run("down").returncode == 0


def skip_unless_python_is_open(account: pwd.struct_passwd) -> None:
    python = CHECKOUT / ".venv" / "bin" / "python"
    try:
        subprocess.run(
            [python, "-c", ""],
            check=True,
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
        )
    except (PermissionError, subprocess.CalledProcessError):
        pytest.skip(
            f"{python.resolve()} is closed to plain users: make .venv with /usr/bin/python3"
        )


@as_root
def test_a_plain_user_is_told_whose_home_it_is(served: Best) -> None:
    skip_unless_python_is_open(pwd.getpwnam("nobody"))
    ports = [str(port) for port in find_free_ports(2)]
    arguments = ("--no-sample", "--port", ports[0], "--metrics-port", ports[1])
    result = Best(home=served.home, user="nobody").run("up", *arguments)
    assert result.returncode == 3
    assert "BEST_HOME" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.fixture
def small_disk(home: Path) -> Iterator[Path]:
    """A disk of 50 MB: initdb alone needs 40."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    home.mkdir(mode=0o755)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=50m,mode=755", "tmpfs", str(home)], check=False
    )
    if mounted.returncode:
        pytest.skip("this machine does not let root mount a tmpfs")
    yield home
    Best(home=home).run("down")
    subprocess.run(["umount", str(home)], check=True)


def test_a_full_disk_is_said_in_words(small_disk: Path) -> None:
    result = Best(home=small_disk).run("up")
    assert result.returncode == 3
    assert "Traceback" not in result.stderr
    assert "The disk is full" in result.stderr
    assert "BEST_HOME" in result.stderr or str(small_disk) in result.stderr
