"""A systemctl of our own on PATH: it notes what it is asked and changes nothing."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from deploy.weekly import Systemd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEXT_RUN = "Tue 2026-11-24 04:37:12 CET"
SCRIPT = """\
#!/bin/sh
echo "$*" >>{calls}
case "$*" in
*is-system-running) echo {state}; [ {state} = running ] ;;
*enable*) {enable} ;;
*NextElapseUSecRealtime*) echo "{next_run}" ;;
esac
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeSystemd:
    """Where it notes its calls, and the units' folder."""

    calls_file: Path
    systemd: Systemd

    def read_calls(self) -> list[str]:
        """What changed something, so far."""
        lines = self.calls_file.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if not line.split()[-1].startswith(("is-", "--value"))]


@contextmanager
def faking_systemd(
    place: Path, *, state: str = "running", user_mode: bool = False, enable: str = "true"
) -> Iterator[FakeSystemd]:
    programs, calls = place / "programs", place / "calls"
    programs.mkdir(parents=True)
    calls.write_text("")
    script = SCRIPT.format(calls=calls, state=state, next_run=NEXT_RUN, enable=enable)
    (programs / "systemctl").write_text(script)
    (programs / "systemctl").chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{programs}:/usr/bin:/bin")
        systemd = Systemd(folder=place / "units", user_mode=user_mode)
        yield FakeSystemd(calls_file=calls, systemd=systemd)
