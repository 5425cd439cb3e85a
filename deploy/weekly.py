"""`./best update` every week: a systemd timer, or the line for cron where there is no systemd."""

from __future__ import annotations

import os
import pwd
import re
import shlex
import shutil
import subprocess
import zlib
from argparse import ArgumentTypeError
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.migrations import CHECKOUT
from deploy.progress import print_progress
from deploy.update_state import get_update_directory
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from registry.settings import Settings

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SERVICE, TIMER = "best-update.service", "best-update.timer"
NEEDED_BY_DOWNLOADS = {"http_proxy", "https_proxy", "no_proxy", "ssl_cert_file"}
RUNS = {"initializing", "starting", "running", "degraded", "maintenance"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyTime:
    """A moment of the week in the machine's own time; Monday is 0."""

    day: int
    hour: int
    minute: int

    @classmethod
    def parse(cls, text: str) -> WeeklyTime:
        """Read such as `Mon 04:30`; ArgumentTypeError in words."""
        match = re.fullmatch(r"([a-z]{3})[a-z]* +(\d{1,2}):(\d\d)", text.strip(), re.IGNORECASE)
        day = match[1].capitalize() if match else ""
        if match is None or day not in DAYS or int(match[2]) > 23 or int(match[3]) > 59:
            raise ArgumentTypeError(f"'{text}' is no day and time such as 'Mon 04:30', nor 'off'")
        return cls(day=DAYS.index(day), hour=int(match[2]), minute=int(match[3]))

    def to_calendar(self) -> str:
        """Return systemd's way to write it (systemd.time)."""
        return f"{DAYS[self.day]} *-*-* {self.hour:02}:{self.minute:02}:00"

    def to_cron(self) -> str:
        """Return the first five fields of a line of crontab."""
        return f"{self.minute} {self.hour} * * {(self.day + 1) % 7}"


def make_usual_time(machine: str) -> WeeklyTime:
    """Early on a weekday: another minute for each machine, the same one each time."""
    number = zlib.crc32(machine.encode())
    return WeeklyTime(day=number // 180 % 5, hour=3 + number // 60 % 3, minute=number % 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Systemd:
    """The systemd that answers for this user: the machine's for root, else the user's own."""

    folder: Path
    user_mode: bool

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run systemctl; its words, both streams, are in stdout."""
        return subprocess.run(
            ["systemctl", *(["--user"] if self.user_mode else []), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def is_there(self) -> bool:
        """Whether it runs: not in a container, nor in a session without one."""
        if shutil.which("systemctl") is None:
            return False
        said = self.run("is-system-running").stdout.split()
        return bool(said) and said[-1] in RUNS

    def call(self, *arguments: str) -> None:
        """Run systemctl; EnvironmentProblem with its words when it fails."""
        result = self.run(*arguments)
        if result.returncode:
            command = " ".join(arguments)
            raise EnvironmentProblem(f"systemctl {command} failed: {result.stdout.strip()}")

    def is_ours(self, settings: Settings) -> bool:
        """Whether the timer here is there, and for this BEST_HOME."""
        try:
            text = (self.folder / SERVICE).read_text(encoding="utf-8")
        except OSError:
            return False
        return f"EnvironmentFile={get_environment_file(settings)}\n".replace("%", "%%") in text

    def find_next_run(self) -> str | None:
        """Return when the timer runs next, as systemd writes it."""
        if not self.is_there():
            return None
        said = self.run("show", TIMER, "--property=NextElapseUSecRealtime", "--value")
        moment = said.stdout.strip()
        return moment if said.returncode == 0 and moment not in {"", "n/a"} else None


def list_systemds(environ: Mapping[str, str]) -> list[Systemd]:
    """Return the machine's and the user's own; whether they run is another question."""
    configuration = Path(environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser()
    return [
        Systemd(folder=Path("/etc/systemd/system"), user_mode=False),
        Systemd(folder=configuration / "systemd" / "user", user_mode=True),
    ]


def find_systemd(environ: Mapping[str, str]) -> Systemd:
    """Return the one that this user may install into."""
    return list_systemds(environ)[os.geteuid() != 0]


def describe_next_run(settings: Settings, systemds: Iterable[Systemd]) -> str:
    """Say when the register is updated by itself, whoever installed that."""
    for systemd in systemds:
        if systemd.is_ours(settings):
            return systemd.find_next_run() or "its timer does not run"
    return "no timer"


def get_environment_file(settings: Settings) -> Path:
    """Where the settings are that the weekly run uses; readable by its owner alone."""
    return get_update_directory(settings.home) / "environment"


def install_weekly(
    settings: Settings, time: WeeklyTime, environ: Mapping[str, str], systemd: Systemd
) -> int:
    """Install or renew the timer and say when it runs next; 3 with cron's line without systemd."""
    owner = write_environment(settings, environ)
    if not systemd.is_there():
        print_progress(
            "There is no systemd that answers here (a container, or a session without one), so no"
            " timer was installed.\nWith cron: crontab -e, and this line:\n\n"
            f"    {make_cron_line(settings, time)}\n"
        )
        return 3
    if (systemd.folder / SERVICE).exists() and not systemd.is_ours(settings):
        raise EnvironmentProblem(
            f"{systemd.folder / SERVICE} updates the register of another BEST_HOME. With that"
            " BEST_HOME run ./best update --weekly off first, or give this one a line in crontab:\n"
            f"    {make_cron_line(settings, time)}"
        )
    user = f"User={find_name(owner)}\n" if owner and not systemd.user_mode else ""
    write_units(systemd, settings, time, user)
    systemd.call("daemon-reload")
    systemd.call("enable", TIMER)
    systemd.call("restart", TIMER)  # so that a new time takes hold
    print_progress(f"Next run: {systemd.find_next_run() or 'systemd does not say'}.")
    print_progress(
        f"The units are in {systemd.folder}, the settings of now in"
        f" {get_environment_file(settings)}. What a run says:"
        f" journalctl {'--user ' if systemd.user_mode else ''}-u {SERVICE}"
    )
    name = find_name(owner)
    if systemd.user_mode and not Path("/var/lib/systemd/linger", name).exists():
        print_progress(
            f"It runs only while {name} is logged in. To let it run always:"
            f" sudo loginctl enable-linger {name}"
        )
    return 0


def remove_weekly(settings: Settings, systemds: Iterable[Systemd]) -> int:
    """Remove the timer of this BEST_HOME, then its settings; none is no failure."""
    ours = [systemd for systemd in systemds if systemd.is_ours(settings)]
    for systemd in ours:
        if not os.access(systemd.folder, os.W_OK):
            raise EnvironmentProblem(
                f"The timer of this BEST_HOME is in {systemd.folder}, where only root may remove"
                f" it: sudo env BEST_HOME={shlex.quote(str(settings.home))}"
                f" {shlex.quote(str(CHECKOUT / 'best'))} update --weekly off"
            )
    for systemd in ours:
        if systemd.is_there():
            systemd.call("disable", "--now", TIMER)
        for name in (TIMER, SERVICE):
            (systemd.folder / name).unlink(missing_ok=True)
        if systemd.is_there():
            systemd.call("daemon-reload")
    path = get_environment_file(settings)
    if path.exists():
        with open_update_directory(settings) as (directory, _):
            os.unlink(path.name, dir_fd=directory)
    none = "There is no timer for this BEST_HOME. A line in crontab is yours to remove."
    print_progress("The weekly timer is removed. The register stays as it is." if ours else none)
    return 0


def write_units(systemd: Systemd, settings: Settings, time: WeeklyTime, user: str) -> None:
    """Write service and timer; EnvironmentProblem when that is not allowed."""
    checkout = str(CHECKOUT).replace("%", "%%")
    best = f"{checkout}/best".replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    environment = str(get_environment_file(settings)).replace("%", "%%")
    facts = {"user": user, "environment": environment, "checkout": checkout, "best": best}
    facts |= {"calendar": time.to_calendar()}
    try:
        systemd.folder.mkdir(parents=True, exist_ok=True)
        for name in (SERVICE, TIMER):
            unit = (CHECKOUT / "deploy" / name).read_text(encoding="utf-8").format(**facts)
            (systemd.folder / name).write_text(unit, encoding="utf-8")
    except OSError as error:
        raise EnvironmentProblem(f"{systemd.folder}: {error.strerror}") from error


def find_name(user: int) -> str:
    """Return the user's name; systemd takes the number too, where there is none."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


@contextmanager
def open_update_directory(settings: Settings) -> Iterator[tuple[int, int]]:
    """Yield a descriptor of BEST_HOME/update, and who owns both: root follows no link of theirs."""
    path = get_update_directory(settings.home)
    try:
        with ExitStack() as stack:
            settings.home.mkdir(parents=True, exist_ok=True)
            home = os.open(settings.home, os.O_DIRECTORY)
            stack.callback(os.close, home)
            with suppress(FileExistsError):
                os.mkdir(path.name, dir_fd=home)
            directory = os.open(path.name, os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=home)
            stack.callback(os.close, directory)
            owner = os.fstat(home).st_uid
            os.fchown(directory, owner, -1)
            yield directory, owner
    except OSError as error:
        raise EnvironmentProblem(
            f"{path} cannot be written: {error.strerror}. It must be a directory, and no link."
        ) from error


def write_environment(settings: Settings, environ: Mapping[str, str]) -> int:
    """Keep the settings of now in a file: units and process lists are open to every user.

    It is the register's owner's, as the weekly run has to be, also if root asks. Who that is
    is returned.
    """
    kept = {
        name: value
        for name, value in environ.items()
        if name.startswith("BEST_") or name.lower() in NEEDED_BY_DOWNLOADS
    }
    kept["BEST_HOME"] = str(settings.home)
    lines = [f"{name}={quote(value)}\n" for name, value in sorted(kept.items()) if value]
    path = get_environment_file(settings)
    with open_update_directory(settings) as (directory, owner):
        with suppress(FileNotFoundError):
            os.unlink(path.name, dir_fd=directory)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        descriptor = os.open(path.name, flags, 0o600, dir_fd=directory)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchown(descriptor, owner, -1)
            file.writelines(lines)
    return owner


def quote(value: str) -> str:
    """Quote a value so that sh and systemd's EnvironmentFile read the same."""
    return '"' + re.sub(r'(["\\$`])', r"\\\1", value) + '"'


def make_cron_line(settings: Settings, time: WeeklyTime) -> str:
    """Return the line for crontab; what a run says is kept, and mailed when it failed."""
    environment = shlex.quote(str(get_environment_file(settings)))
    best = shlex.quote(str(CHECKOUT / "best"))
    log = shlex.quote(str(get_update_directory(settings.home) / "last.log"))
    command = f"set -a; . {environment}; {best} update >{log} 2>&1 || cat {log}"
    return f"{time.to_cron()} " + command.replace("%", "\\%")
