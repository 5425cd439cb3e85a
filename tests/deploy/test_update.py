"""`./best update` against a server of our own: what it says, how it ends, what it leaves alone."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from deploy.__main__ import main
from deploy.checks import Check, Verdict, check_freshness
from deploy.update import hold_update, is_updating, remember_import
from deploy.update_state import read_state
from deploy.weekly import WeeklyTime, install_weekly
from importers.download import Download
from importers.transfer import Validators
from registry.settings import Settings
from registry.store.connections import PRIVATE_PORT, Role, connect, get_socket_directory
from tests.database.editions import Address, Edition
from tests.database.querying import hash_tables
from tests.database.small_country import country, many
from tests.deploy.conftest import CHECKOUT
from tests.deploy.fake_systemd import NEXT_RUN, faking_systemd
from tests.publisher import (
    Answer,
    Publisher,
    break_off,
    make_patience,
    publishing,
    say,
    show_page,
    stall,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def make_download(*editions: Edition) -> bytes:
    """A zip of zips as it is published."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as download:
        for edition in editions:
            for name, xml in edition.write_files().items():
                inner = io.BytesIO()
                with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
                    archive.writestr(name, xml)
                download.writestr(name.replace(".xml", ".zip"), inner.getvalue())
        download.writestr("Licence.txt", "CC BY 4.0\n" * 10_000)
    return out.getvalue()


DAY = datetime(2026, 11, 2, 12, tzinfo=UTC)
FIRST = make_download(*country())
SECOND = make_download(
    Edition(day="2026-11-09", addresses=[*many(9), Address(id="9", number="9A"), *many(12)[10:]]),
    *country("2026-11-09")[1:],
)
HALF = make_download(*country("2026-11-16", count=5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A BEST_HOME and a register, with the server that it is kept fresh from."""

    settings: Settings
    publisher: Publisher

    def make_environment(self) -> dict[str, str]:
        return {
            "BEST_HOME": str(self.settings.home),
            "BEST_DATABASE_URL": str(self.settings.database_url),
            "BEST_DOWNLOAD_URL": self.publisher.url,
        }

    def update(self, *arguments: str, command: str = "update") -> int:
        """Run the command in this process, with patience that does not sleep."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.make_environment().items():
                patch.setenv(name, value)
            patch.setattr("importers.download.Patience", lambda: make_patience()[0])
            before = signal.getsignal(signal.SIGTERM)
            try:
                return main([command, *arguments])
            finally:
                signal.signal(signal.SIGTERM, before)

    def check_freshness(self, days_later: int = 0) -> Check:
        with connect(self.settings, Role.OWNER) as connection:
            return check_freshness(self.settings, connection, DAY + timedelta(days=days_later))


@contextmanager
def installed(register: Settings, home: Path) -> Iterator[Installation]:
    socket = str(get_socket_directory(register.home)).replace("/", "%2F")
    url = f"postgresql://best@{socket}:{PRIVATE_PORT}/{register.database_name}"
    with publishing(FIRST) as publisher:
        yield Installation(settings=Settings(home=home, database_url=url), publisher=publisher)


@pytest.fixture
def empty(register: Settings, tmp_path: Path) -> Iterator[Installation]:
    with installed(register, tmp_path / "best") as installation:
        yield installation


@pytest.fixture(scope="module")
def loaded(
    module_register: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """A register that is up to date; what a test publishes is taken back after it."""
    with installed(module_register, tmp_path_factory.mktemp("loaded") / "best") as installation:
        assert installation.update() == 0
        yield installation


@pytest.fixture
def current(loaded: Installation) -> Iterator[Installation]:
    loaded.publisher.asked.clear()
    yield loaded
    loaded.publisher.republish(FIRST, '"first"')
    loaded.publisher.faults.clear()


def test_from_nothing_to_a_second_edition(
    empty: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert empty.update() == 0
    said = capsys.readouterr().out
    assert "Published: release 1 (Brussels), 2 (Flanders), 3 (Wallonia)." in said
    assert "Wallonia: municipalities 1 added; postal infos 1 added; street names 1 added;" in said

    empty.publisher.republish(SECOND, '"second"')
    assert empty.update("--json") == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["unchangedSince"] is None
    assert summary["regions"]["Brussels"]["addresses"]["added"] == 2
    assert summary["regions"]["Wallonia"]["addresses"]["unchanged"] == 10

    assert empty.update("--json") == 0
    assert json.loads(capsys.readouterr().out)["unchangedSince"] is not None


def test_what_changed_is_said_per_region(
    empty: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert empty.update() == 0
    capsys.readouterr()
    empty.publisher.republish(SECOND, '"second"')
    assert empty.update() == 0
    assert capsys.readouterr().out.splitlines() == [
        "",
        "Published: release 4 (Brussels).",
        "Brussels: addresses 2 added, 1 altered",
        "Flanders: nothing changed",
        "Wallonia: nothing changed",
    ]


def say_that_headers_are_new(publisher: Publisher) -> None:
    publisher.republish(FIRST, '"another"')


def say_nothing_of_versions(publisher: Publisher) -> None:
    publisher.republish(FIRST, "")
    publisher.last_modified = ""


@pytest.mark.parametrize(
    ("publish", "answers"),
    [
        (lambda _: None, ["304"]),
        (say_that_headers_are_new, ["200"]),
        (say_nothing_of_versions, ["200"]),
    ],
)
def test_the_same_bytes_are_told_as_unchanged(
    current: Installation,
    capsys: pytest.CaptureFixture[str],
    publish: Callable[[Publisher], None],
    answers: list[str],
) -> None:
    before = hash_tables(current.settings)
    modified = current.publisher.last_modified
    since = read_state(current.settings).imported
    try:
        publish(current.publisher)
        assert current.update() == 0
    finally:
        current.publisher.last_modified = modified

    assert "Nothing changed" in (said := capsys.readouterr().out)
    assert since is not None
    assert f"imported on {since.at:%Y-%m-%d at %H:%M} UTC" in said
    assert len(current.publisher.asked) == len(answers)
    assert hash_tables(current.settings) == before


def cut(publisher: Publisher) -> None:
    publisher.republish(SECOND[: len(SECOND) // 2], '"cut"')


def halve(publisher: Publisher) -> None:
    publisher.republish(HALF, '"half"')


def misbehave(*faults: Callable[[Answer], None]) -> Callable[[Publisher], None]:
    """Let new content come, but only after these faults."""

    def prepare(publisher: Publisher) -> None:
        publisher.republish(SECOND, '"second"')
        publisher.faults = list(faults)

    return prepare


@pytest.mark.parametrize(
    ("prepare", "code", "says"),
    [
        (misbehave(say(404)), 1, "answered 404"),
        (misbehave(show_page), 1, "web page instead of data"),
        (misbehave(*[say(503)] * 3), 3, "answered 503"),
        (misbehave(stall(50_000), stall(0), stall(0)), 3, "said nothing for"),
        (misbehave(break_off(50_000), break_off(0), break_off(0)), 3, "bytes came"),
        (cut, 1, "cut off or damaged"),
        (halve, 1, "more than 20% apart"),
    ],
    ids=["missing", "page", "trouble", "stalled", "broken", "cut", "halved"],
)
def test_a_failure_leaves_the_register_alone_is_told_and_over_with_the_next_update(
    current: Installation,
    capsys: pytest.CaptureFixture[str],
    prepare: Callable[[Publisher], None],
    code: int,
    says: str,
) -> None:
    before = hash_tables(current.settings)
    prepare(current.publisher)

    assert current.update() == code
    told = capsys.readouterr()
    assert says in told.out + told.err
    assert hash_tables(current.settings) == before
    check = current.check_freshness()
    assert (check.verdict, says in check.found) == (Verdict.WARN, True)

    current.publisher.republish(FIRST, '"first"')
    assert current.update() == 0
    assert current.check_freshness().verdict is Verdict.OK


def test_a_refused_file_is_not_fetched_again_but_refused_again(
    current: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    halve(current.publisher)
    assert current.update("--json") == 1
    assert "more than 20% apart" in json.loads(capsys.readouterr().out)["failure"]
    assert current.update() == 1
    assert [asked.get("If-None-Match") for asked in current.publisher.asked][1:] == ['"half"']
    assert "best-full-latest.zip" in capsys.readouterr().out


def test_another_register_is_loaded_from_the_file_that_is_here(
    current: Installation, register: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """A restored backup, or a reset: what was imported is asked of the register itself."""
    assert current.update() == 0
    url = str(current.settings.database_url).rpartition("/")[0]
    other = replace(current.settings, database_url=f"{url}/{register.database_name}")
    assert replace(current, settings=other).update() == 0
    assert "Published: release 1" in capsys.readouterr().out


def test_what_was_imported_by_hand_is_not_imported_again(
    empty: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert empty.update("--dry-run", command="import") == 0
    assert read_state(empty.settings).imported is None
    assert empty.update(command="import") == 0
    capsys.readouterr()
    assert empty.update() == 0
    assert "is still what was imported" in capsys.readouterr().out


def test_a_backup_from_between_two_regions_is_completed(
    current: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert current.update() == 0
    with connect(current.settings, Role.OWNER) as connection:
        connection.execute("update registry.source set sha256 = '-' where region = 'wal'")
    capsys.readouterr()
    assert current.update() == 0
    assert "is still what was imported" not in capsys.readouterr().out


def test_a_file_that_came_during_an_import_is_not_taken_for_the_imported_one(
    current: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert current.update() == 0
    before = read_state(current.settings)
    kept = Download(url="", path=current.settings.home, sha256="newer", validators=Validators())
    monkeypatch.setattr("deploy.update.find_kept", lambda *_: kept)
    remember_import(current.settings, 3, DAY)
    assert read_state(current.settings) == before


def test_only_a_held_lock_means_that_an_update_is_under_way(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with hold_update(settings):
        assert is_updating(settings)
    assert not is_updating(settings)
    (tmp_path / "update" / "lock").unlink()
    (tmp_path / "update" / "lock").mkdir()  # cannot be opened, by root neither
    assert not is_updating(settings)


def test_the_second_of_two_says_so_and_ends(
    current: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    with hold_update(current.settings):
        assert current.update() == 3
    assert "Another ./best update" in capsys.readouterr().err
    assert current.publisher.asked == []


def test_a_killed_update_is_told_and_the_next_goes_on_where_it_was(
    current: Installation,
) -> None:
    assert current.update() == 0
    current.publisher.republish(FIRST, '"again"')
    current.publisher.faults = [stall(50_000)]
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy", "update"],
        cwd=CHECKOUT,
        env=os.environ | current.make_environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    part = current.settings.home / "downloads" / "best-full-latest.zip.part"
    while not (part.exists() and part.stat().st_size):
        assert process.poll() is None
    assert current.check_freshness().verdict is Verdict.OK  # it is under way
    process.kill()
    process.communicate()
    assert "it was killed" in current.check_freshness().found

    assert current.update() == 0
    assert current.publisher.ranges[-1].startswith("bytes=")
    assert current.check_freshness().verdict is Verdict.OK


def test_the_next_run_is_told(
    current: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no timer" in current.check_freshness().found
    with faking_systemd(tmp_path) as fake:
        install_weekly(current.settings, WeeklyTime.parse("Tue 04:30"), {}, fake.systemd)
        monkeypatch.setattr("deploy.checks.list_systemds", lambda _: [fake.systemd])
        assert f"next update: {NEXT_RUN}" in current.check_freshness().found


def test_an_old_register_is_told(current: Installation) -> None:
    assert current.update() == 0
    check = current.check_freshness(days_later=100)
    assert (check.verdict, "--weekly" in check.hint) == (Verdict.WARN, True)
