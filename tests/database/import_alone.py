"""An import in a process of its own, which may kill itself before its n-th statement.

python -m tests.database.import_alone HOME DATABASE STATEMENT [--dry-run] SOURCE...
STATEMENT 0 means to live. Prints how many statements were sent, and each summary, as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from importers.region_import import ImportOptions
from importers.run import run_import
from registry.domain.edition import Permissions
from registry.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

CHECKOUT = Path(__file__).resolve().parents[2]
DRY_RUN = "--dry-run"


def start_import(
    settings: Settings, sources: Sequence[Path], *, kill_at: int = 0, dry_run: bool = False
) -> subprocess.Popen[str]:
    """Start an import as another process, as an operator would."""
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.database.import_alone",
            str(settings.home),
            settings.database_name,
            str(kill_at),
            *([DRY_RUN] if dry_run else []),
            *map(str, sources),
        ],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    )


def main(home: str, database: str, kill_at: str, *rest: str) -> None:
    settings = Settings(home=Path(home), database_name=database)
    sent = kill_before_statement(int(kill_at))
    summaries = []
    for source in (word for word in rest if word != DRY_RUN):
        options = ImportOptions(permissions=Permissions(dry_run=DRY_RUN in rest))
        summary = run_import(settings, [source], options, lambda _: None)
        assert not summary.failed, summary.failure
        summaries.append(summary.to_json())
    print(json.dumps({"statements": len(sent), "summaries": summaries}))


def kill_before_statement(number: int) -> list[None]:
    """Count the statements that are sent; die without a word before one of them."""
    sent: list[None] = []
    execute = psycopg.Connection.execute

    def counting(self: psycopg.Connection, *words: Any, **more: Any) -> Any:
        sent.append(None)
        if len(sent) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(self, *words, **more)

    psycopg.Connection.execute = counting  # type: ignore[method-assign]
    return sent


if __name__ == "__main__":
    main(*sys.argv[1:])
