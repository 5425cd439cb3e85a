"""Where the demonstration plays: a public register with its sample and a wall, both thrown away."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from joserfc.jwk import ECKey

from links.operations.ports import find_free_ports
from links.operations.processes import CHECKOUT
from links.settings import LinksSettings
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ISSUER = "https://identity.example"
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Two servers that know nothing of each other, and a made-up identity provider of citizens."""

    place: Path
    settings: LinksSettings
    environment: Mapping[str, str]
    identity_key: ECKey

    def run(self, *arguments: str) -> str:
        """Run `links ARGUMENTS` as an operator would; return what it printed."""
        result = subprocess.run(
            [sys.executable, "-m", "links", *arguments],
            cwd=self.place,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise EnvironmentProblem(f"links {' '.join(arguments)}:\n{result.stderr.strip()}")
        return result.stdout.strip()


@contextmanager
def set_stage() -> Iterator[Stage]:
    """Start everything in a directory of its own; end and remove it after the block."""
    place = Path(tempfile.mkdtemp(prefix="best-demo-"))
    place.chmod(0o755)
    try:
        ports = find_free_ports(4)
        stage = make_stage(place, ports)
        public = [
            str(CHECKOUT / "best"),
            *("up", "--yes", "--port", str(ports[0]), "--metrics-port", str(ports[1])),
        ]
        wall = [sys.executable, "-m", "links", "up"]
        with (
            running(stage, public, stage.settings.register_url),
            running(stage, wall, f"http://127.0.0.1:{stage.settings.citizen_port}"),
        ):
            yield stage
    finally:
        shutil.rmtree(place, ignore_errors=True)


def make_stage(place: Path, ports: Sequence[int]) -> Stage:
    """Choose places, ports and the identity provider's key."""
    key = ECKey.generate_key("P-256", {"kid": "demo"}, private=True)
    jwks = place / "identity.json"
    jwks.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    register, api, citizen = f"http://127.0.0.1:{ports[0]}", ports[2], ports[3]
    given = {
        "BEST_HOME": str(place / "register"),
        "BEST_LINKS_HOME": str(place / "wall"),
        "BEST_LINKS_REGISTER": register,
        "BEST_LINKS_PORT": str(api),
        "BEST_LINKS_CITIZEN_PORT": str(citizen),
        "BEST_LINKS_CITIZEN_ISSUER": ISSUER,
        "BEST_LINKS_CITIZEN_JWKS": str(jwks),
        "BEST_LINKS_USERS": "none",  # it plays as one user, and says so
        "PYTHONPATH": str(CHECKOUT),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BEST_")}
    settings = LinksSettings.from_environment(given)
    return Stage(place=place, settings=settings, environment=kept | given, identity_key=key)


@contextmanager
def running(stage: Stage, command: Sequence[str], url: str) -> Iterator[None]:
    """Run a server until the block ends; it is ready when its /health answers 200."""
    log = stage.place / f"{Path(command[0]).name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=dict(stage.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # ctrl-C reaches the demonstration, which ends them in order
        )
        try:
            wait_until_healthy(process, url, log)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def wait_until_healthy(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Wait for a server; EnvironmentProblem with what it said when it ends or takes too long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/health", timeout=5).close()  # noqa: S310
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise EnvironmentProblem(f"{url} did not answer. It said:\n{log.read_text()[-2000:]}")
