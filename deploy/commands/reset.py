"""`reset`: remove the private database and what else Best keeps under BEST_HOME."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from deploy.migrations import CHECKOUT
from deploy.progress import print_progress, step
from deploy.serving import end_serving
from deploy.session import stop_private_cluster
from deploy.weekly import list_systemds, remove_weekly

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from registry.settings import Settings

OWN_NAMES = (
    *("cluster", "log", "run", "sample", "downloads", "update", "mirror", "restore"),
    *("search", "batches", "deliveries"),
    *("in-use", "lock"),
)
"""Only these are removed: BEST_HOME may name a directory that holds other things too."""

PACKAGE_PATTERNS = ("postgresql-[0-9][0-9]", "postgresql-*-postgis-3", "python3*-venv")


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `reset` accepts."""
    parser.description = "Remove the private database and what else Best keeps under BEST_HOME."


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Remove; without --yes only say what would go."""
    if not arguments.yes:
        print_progress(
            f"This removes the register and everything else of Best in {settings.home}.\n"
            "If you mean it: ./best reset --yes"
        )
        return 2
    systemds = list_systemds(os.environ)
    if any(systemd.is_ours(settings) for systemd in systemds):
        remove_weekly(settings, systemds)
    if settings.home.exists():
        end_serving(settings.home)
        stop_private_cluster(settings.home)
        with step(f"Removing {settings.home}"):
            remove_own_files(settings.home)
    explain_what_stays(settings)
    return 0


def remove_own_files(home: Path) -> None:
    """Remove what Best made, and `home` itself if that leaves it empty."""
    for path in map(home.joinpath, OWN_NAMES):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    if not any(home.iterdir()):
        home.rmdir()


def explain_what_stays(settings: Settings) -> None:
    """Say what is left on the machine and how to remove it."""
    if settings.database_url is not None:
        print_progress(
            "The database of BEST_DATABASE_URL is yours and was not touched. To empty it:\n"
            "    drop schema if exists best, registry, deliveries, jobs, staging cascade;"
        )
    if settings.home.exists():
        print_progress(f"These stay in {settings.home} (backups, and what Best did not make):")
        for path in sorted(settings.home.iterdir()):
            print_progress(f"    {path.name}")
    packages = list_installed_packages()
    if packages:
        print_progress(f"These packages stay: {' '.join(packages)}. To remove them as well:")
        print_progress(f"    sudo apt-get remove {' '.join(packages)} && sudo apt-get autoremove")
    print_progress(f"The Python packages stay in {CHECKOUT / '.venv'}; remove that directory.")


def list_installed_packages() -> list[str]:
    """The packages ./best may have installed; also when they were there before it."""
    if shutil.which("dpkg-query") is None:
        return []
    form = "${Package} ${db:Status-Status}\n"
    result = subprocess.run(
        ["dpkg-query", "--show", "--showformat", form, *PACKAGE_PATTERNS],
        capture_output=True,
        text=True,
        check=False,
    )
    states = (line.split(" ", 1) for line in result.stdout.splitlines())
    return [package for package, status in states if status == "installed"]
