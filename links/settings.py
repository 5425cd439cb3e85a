"""What the environment decides about the wall; read once, at the edge, and passed on."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_USERS = {
    name: f"best-links-{name}" for name in ("api", "ingest", "govern", "citizen", "audit", "keys")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinksSettings:
    """Where the wall is, who it serves and whom it follows.

    `users` names the operating system's user of each process; without them everything runs as one
    user and each role has a password.
    """

    home: Path
    database_name: str = "links"
    register_url: str = "http://127.0.0.1:8000"
    api_port: int = 8020
    citizen_port: int = 8021
    issuer: str = "http://127.0.0.1:8020"
    citizen_url: str = "http://127.0.0.1:8021"
    transparency: Path | None = None
    citizen_issuer: str | None = None
    citizen_jwks: Path | None = None
    users: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> LinksSettings:
        """Read BEST_LINKS_* from `environ`; an empty variable counts as absent."""
        home = find_links_home(environ)
        api_port = read_port(environ, "BEST_LINKS_PORT", 8020)
        citizen_port = read_port(environ, "BEST_LINKS_CITIZEN_PORT", 8021)
        citizen_url = environ.get("BEST_LINKS_CITIZEN_URL") or f"http://127.0.0.1:{citizen_port}"
        jwks = environ.get("BEST_LINKS_CITIZEN_JWKS")
        published = environ.get("BEST_LINKS_TRANSPARENCY")
        register = environ.get("BEST_LINKS_REGISTER") or "http://127.0.0.1:8000"
        return cls(
            home=home,
            register_url=register.rstrip("/"),
            api_port=api_port,
            citizen_port=citizen_port,
            citizen_url=citizen_url.rstrip("/"),
            issuer=(environ.get("BEST_LINKS_ISSUER") or f"http://127.0.0.1:{api_port}").rstrip("/"),
            transparency=Path(published).absolute() if published else home / "transparency",
            citizen_issuer=environ.get("BEST_LINKS_CITIZEN_ISSUER") or None,
            citizen_jwks=Path(jwks).absolute() if jwks else None,
            users=read_users(environ),
        )

    @property
    def secrets(self) -> Path:
        """Keys and passwords; each file belongs to the one process that reads it."""
        return self.home / "secrets"

    @property
    def key_directory(self) -> Path:
        """Where the pseudonymiser listens."""
        return self.home / "keys"

    @property
    def ask_socket(self) -> Path:
        """The pseudonymiser's socket for the links API and the citizen API."""
        return self.key_directory / "ask.sock"

    @property
    def batch_socket(self) -> Path:
        """The pseudonymiser's socket for ingest, clerk and governance."""
        return self.key_directory / "batch.sock"

    @property
    def cluster_directory(self) -> Path:
        """Everything of the second cluster."""
        return self.home / "cluster"

    @property
    def data(self) -> Path:
        """The database files (PGDATA)."""
        return self.cluster_directory / "data"

    @property
    def socket_directory(self) -> Path:
        """Where the second cluster listens; nothing listens on TCP."""
        return self.cluster_directory / "socket"

    @property
    def log_directory(self) -> Path:
        """The second cluster's own log."""
        return self.home / "log"

    @property
    def passwords(self) -> Path:
        """A libpq password file per role; absent where each role has a system user."""
        return self.secrets / "passwords"

    @property
    def is_peer(self) -> bool:
        """Whether the kernel says who connects."""
        return bool(self.users)


def find_links_home(environ: Mapping[str, str]) -> Path:
    """BEST_LINKS_HOME, or /var/lib/best-links for root, and the data directory for others."""
    if environ.get("BEST_LINKS_HOME"):
        return Path(environ["BEST_LINKS_HOME"]).expanduser().absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/best-links")
    data_home = environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data_home).expanduser().absolute() / "best-links"


def read_port(environ: Mapping[str, str], name: str, default: int) -> int:
    """Return the port that the variable `name` gives."""
    text = environ.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise EnvironmentProblem(f"{name} must be a port from 1 to 65535, and is {text!r}.")
    return int(text)


def read_users(environ: Mapping[str, str]) -> dict[str, str]:
    """Return BEST_LINKS_USERS, such as `api=alice,keys=bob`, or none at all for `none`.

    Root has the users best-links-*, made by `./best links up`; for anybody else there are none.
    """
    text = environ.get("BEST_LINKS_USERS") or ""
    if text == "none" or (not text and os.geteuid() != 0):
        return {}
    named = dict(part.partition("=")[::2] for part in text.split(",") if part)
    if wrong := [name for name, user in named.items() if name not in DEFAULT_USERS or not user]:
        raise EnvironmentProblem(
            f"BEST_LINKS_USERS has {', '.join(wrong)}, and must be `none` or name system users as"
            f" NAME=USER, between commas; NAME is one of {', '.join(DEFAULT_USERS)}."
        )
    chosen = DEFAULT_USERS | named
    if len(set(chosen.values())) < len(chosen):
        raise EnvironmentProblem("BEST_LINKS_USERS names a user twice: two processes would be one.")
    return chosen
