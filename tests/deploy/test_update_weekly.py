"""`./best update --weekly`: the units, the settings they keep, and cron's line without systemd."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING

import pytest

from deploy.__main__ import main
from deploy.weekly import (
    SERVICE,
    TIMER,
    Systemd,
    WeeklyTime,
    get_environment_file,
    install_weekly,
    make_cron_line,
    make_usual_time,
    remove_weekly,
)
from registry.domain.errors import EnvironmentProblem
from registry.settings import Settings
from tests.deploy.conftest import CHECKOUT
from tests.deploy.fake_systemd import NEXT_RUN, FakeSystemd, faking_systemd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MONDAY = WeeklyTime.parse("Mon 04:30")
URL = "postgresql://u:p%20$HOME`\"'\\@h:5432/d"
ENVIRONMENT = {"BEST_DATABASE_URL": URL, "https_proxy": "http://p:1", "SHELL": "/bin/x"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "a 100% home")


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeSystemd]:
    with faking_systemd(tmp_path / "fake") as fake:
        yield fake


def read_units(fake: FakeSystemd) -> dict[str, str]:
    return {path.name: path.read_text() for path in fake.systemd.folder.iterdir()}


def test_it_installs_a_timer_and_says_when_it_runs_next(
    settings: Settings, fake: FakeSystemd, capsys: pytest.CaptureFixture[str]
) -> None:
    assert install_weekly(settings, MONDAY, ENVIRONMENT, fake.systemd) == 0

    assert fake.read_calls() == ["daemon-reload", f"enable {TIMER}", f"restart {TIMER}"]
    units = read_units(fake)
    assert "OnCalendar=Mon *-*-* 04:30:00\n" in units[TIMER]
    assert {"Persistent=true", "RandomizedDelaySec=30min"} < set(units[TIMER].splitlines())
    assert f'ExecStart="{CHECKOUT}/best" update\n' in units[SERVICE]
    assert "a 100%% home" in units[SERVICE]
    assert f"Next run: {NEXT_RUN}" in capsys.readouterr().err


def test_its_settings_are_those_of_now_and_its_owners_alone(
    settings: Settings, fake: FakeSystemd
) -> None:
    install_weekly(settings, MONDAY, ENVIRONMENT, fake.systemd)

    path = get_environment_file(settings)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_by_sh(path) == {
        "BEST_HOME": str(settings.home),
        "BEST_DATABASE_URL": URL,
        "https_proxy": "http://p:1",
    }
    assert not any("postgresql://" in unit for unit in read_units(fake).values())


def run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def read_by_sh(path: Path) -> dict[str, str]:
    script = 'set -a; . "$0"; exec env -0'
    said = run(["sh", "-c", script, str(path)])
    pairs = dict(line.split("=", 1) for line in said.stdout.split("\0") if line)
    return {name: value for name, value in pairs.items() if name not in {"PWD", "_", "SHLVL"}}


def test_twice_is_as_once_and_a_new_time_takes_the_place_of_the_old(
    settings: Settings, fake: FakeSystemd
) -> None:
    install_weekly(settings, MONDAY, ENVIRONMENT, fake.systemd)
    once = read_units(fake)
    install_weekly(settings, MONDAY, ENVIRONMENT, fake.systemd)
    assert read_units(fake) == once
    install_weekly(settings, WeeklyTime.parse("sunday 5:07"), ENVIRONMENT, fake.systemd)
    assert "OnCalendar=Sun *-*-* 05:07:00\n" in read_units(fake)[TIMER]


def test_off_removes_all_of_it_and_a_second_off_is_done_at_once(
    settings: Settings, fake: FakeSystemd
) -> None:
    install_weekly(settings, MONDAY, ENVIRONMENT, fake.systemd)
    for _ in range(2):
        assert remove_weekly(settings, [fake.systemd]) == 0
        assert read_units(fake) == {}
        assert not get_environment_file(settings).exists()
    assert fake.read_calls()[3:] == [f"disable --now {TIMER}", "daemon-reload"]


def test_reset_removes_it_too(
    tmp_path: Path, fake: FakeSystemd, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path / "best")
    install_weekly(settings, MONDAY, ENVIRONMENT, fake.systemd)
    monkeypatch.setenv("BEST_HOME", str(settings.home))
    monkeypatch.setattr("deploy.commands.reset.list_systemds", lambda _: [fake.systemd])
    assert main(["reset", "--yes"]) == 0
    assert read_units(fake) == {}
    assert not settings.home.exists()


def test_the_timer_of_another_home_is_left_alone(
    settings: Settings, fake: FakeSystemd, tmp_path: Path
) -> None:
    install_weekly(settings, MONDAY, ENVIRONMENT, fake.systemd)
    other = Settings(home=tmp_path / "other")
    with pytest.raises(EnvironmentProblem, match="another BEST_HOME"):
        install_weekly(other, MONDAY, ENVIRONMENT, fake.systemd)
    remove_weekly(other, [fake.systemd])
    assert str(settings.home).replace("%", "%%") in read_units(fake)[SERVICE]


def test_the_machines_timer_is_roots_to_remove_and_keeps_its_settings(
    settings: Settings, fake: FakeSystemd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_weekly(settings, MONDAY, ENVIRONMENT, fake.systemd)
    own = Systemd(folder=tmp_path / "own", user_mode=True)
    monkeypatch.setattr("os.access", lambda *_: False)  # as it is for another user than root
    with pytest.raises(EnvironmentProblem, match="sudo env BEST_HOME="):
        remove_weekly(settings, [fake.systemd, own])
    assert get_environment_file(settings).exists()
    assert read_units(fake).keys() == {SERVICE, TIMER}


def test_links_in_its_way_are_not_followed(
    settings: Settings, fake: FakeSystemd, tmp_path: Path
) -> None:
    target = tmp_path / "elsewhere" / "environment"
    target.parent.mkdir()
    target.write_text("theirs")
    path = get_environment_file(settings)
    path.parent.mkdir(parents=True)
    path.symlink_to(target)
    install_weekly(settings, MONDAY, ENVIRONMENT, fake.systemd)
    assert path.is_file()
    assert not path.is_symlink()

    shutil.rmtree(path.parent)
    path.parent.symlink_to(target.parent)
    with pytest.raises(EnvironmentProblem, match="no link"):
        install_weekly(settings, MONDAY, ENVIRONMENT, fake.systemd)
    with pytest.raises(EnvironmentProblem, match="no link"):
        remove_weekly(settings, [])
    assert target.read_text() == "theirs"


def test_a_user_who_is_not_always_logged_in_is_told_of_lingering(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with faking_systemd(tmp_path / "fake", user_mode=True) as fake:
        install_weekly(settings, MONDAY, ENVIRONMENT, fake.systemd)
        assert all(call.startswith("--user ") for call in fake.read_calls())
        assert "User=" not in read_units(fake)[SERVICE]
    assert "loginctl enable-linger" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_root_installs_it_for_whom_the_register_belongs_to(
    settings: Settings, fake: FakeSystemd
) -> None:
    nobody = pwd.getpwnam("nobody")
    settings.home.mkdir()
    os.chown(settings.home, nobody.pw_uid, nobody.pw_gid)
    install_weekly(settings, MONDAY, ENVIRONMENT, fake.systemd)
    assert "\nUser=nobody\n" in read_units(fake)[SERVICE]
    environment = get_environment_file(settings)
    assert {environment.stat().st_uid, environment.parent.stat().st_uid} == {nobody.pw_uid}


def test_what_systemctl_says_when_it_fails_is_passed_on(settings: Settings, tmp_path: Path) -> None:
    with (
        faking_systemd(tmp_path / "fake", enable="echo Access denied; exit 1") as fake,
        pytest.raises(EnvironmentProblem, match=r"enable \S+ failed: Access denied"),
    ):
        install_weekly(settings, MONDAY, ENVIRONMENT, fake.systemd)


def test_without_systemd_crons_line_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEST_HOME", str(tmp_path / "best"))
    with faking_systemd(tmp_path / "fake", state="offline") as fake:
        assert main(["update", "--weekly", "Mon 04:30"]) == 3
        assert fake.read_calls() == []
        said = capsys.readouterr().err
        assert f"    30 4 * * 1 set -a; . {tmp_path}/best/update/environment; " in said
        assert main(["update", "--weekly"]) == 3
        assert main(["update", "--weekly", "off"]) == 0


def test_crons_line_does_it_with_the_settings_and_shows_only_failures(
    settings: Settings, fake: FakeSystemd
) -> None:
    install_weekly(settings, MONDAY, ENVIRONMENT, fake.systemd)
    line = make_cron_line(settings, MONDAY)
    assert line.count("%") == line.count("\\%") > 0  # a bare one ends the command in crontab
    command = line.partition(" * * 1 ")[2].replace("\\%", "%")
    for code, shown in (("0", ""), ("1", f"{settings.home}\n")):
        inner = f"sh -c 'printenv BEST_HOME; exit {code}'"
        stand_in = command.replace(f"{CHECKOUT}/best update", inner)
        assert run(["sh", "-c", stand_in]).stdout == shown


@pytest.mark.parametrize("user_mode", [False, True])
def test_systemd_itself_finds_nothing_wrong_with_the_units(
    settings: Settings, tmp_path: Path, *, user_mode: bool
) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed: the units were not verified")
    with faking_systemd(tmp_path / "fake", user_mode=user_mode) as fake:
        install_weekly(settings, MONDAY, ENVIRONMENT, fake.systemd)
    scope = ["--user"] if user_mode else []
    units = [str(fake.systemd.folder / name) for name in (TIMER, SERVICE)]
    command = [analyze, *scope, "verify", "--man=no", *units]
    said = run(command, XDG_RUNTIME_DIR=str(tmp_path), HOME=str(tmp_path))
    about_ours = [line for line in said.stderr.splitlines() if "best-update" in line]
    assert (about_ours, said.returncode) == ([], 0), said.stderr


@pytest.mark.parametrize("text", ["soon", "Mon", "Mon 24:00", "Mon 4:60", "Xyz 04:00", "04:30 Mon"])
def test_what_is_no_time_is_wrong_usage(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="Mon 04:30"):
        WeeklyTime.parse(text)
    with pytest.raises(SystemExit, match="2"):
        main(["update", "--weekly", text])


def test_machines_choose_different_minutes_and_stay_with_them() -> None:
    times = {make_usual_time(f"machine{number}") for number in range(200)}
    assert len({time.minute for time in times}) > 50
    assert {time.day for time in times} == set(range(5))
    assert {time.hour for time in times} == {3, 4, 5}
    assert make_usual_time("one") == make_usual_time("one")
