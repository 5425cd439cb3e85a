"""`lint`: everything about the code that a machine can judge without running it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from deploy.migrations import CHECKOUT
from deploy.progress import print_progress, step
from deploy.schema_drift import list_drift

if TYPE_CHECKING:
    import argparse

    from registry.settings import Settings

TOOLS = {
    "Style (ruff check)": ["-m", "ruff", "check", "."],
    "Format (ruff format)": ["-m", "ruff", "format", "--check", "."],
    "Types (mypy)": ["-m", "mypy"],
    "Import rules (import-linter)": [
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
    ],
    "Shell scripts": ["-m", "deploy.shell_syntax"],
}
if (CHECKOUT / "links").is_dir():  # a process of its own: nothing here may import it
    TOOLS["Migrations against tables of links"] = ["-m", "links.operations.drift"]


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `lint` accepts."""
    parser.description = "Style, types, import rules, and the migrations against the tables."


def run(arguments: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - one shape
    """Run every check, also after one has failed, so that one run shows all there is."""
    failed = [title for title, command in TOOLS.items() if not passes(title, command)]
    with step("Migrations against tables"):
        drift = list_drift()
    for line in drift:
        print_progress(f"    {line}")
    if drift:
        failed.append("Migrations against tables")
    print_progress(f"\nFailed: {', '.join(failed)}" if failed else "\nAll is well.")
    return 1 if failed else 0


def passes(title: str, command: list[str]) -> bool:
    """Run one tool, its output straight to the terminal."""
    print_progress(title)
    return subprocess.run([sys.executable, *command], cwd=CHECKOUT, check=False).returncode == 0
