"""What the environment decides about the wall; read once, at the edge, and passed on."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_USERS = {
    name: f"best-links-{name}" for name in ("api", "ingest", "govern", "citizen", "audit", "keys")
}


_PREFIX = "BEST_LINKS_"
VARIABLES = tuple(
    _PREFIX + name
    for name in (
        *("HOME", "PORT", "CITIZEN_PORT", "REGISTER", "ISSUER", "HOP_SECRET", "USERS"),
        *("CITIZEN_URL", "CITIZEN_ISSUER", "CITIZEN_JWKS", "TRANSPARENCY"),
    )
)
"""All there are; HOP_SECRET is read by the links API alone."""


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
        if api_port == citizen_port:
            raise EnvironmentProblem(
                f"BEST_LINKS_PORT and BEST_LINKS_CITIZEN_PORT are both {api_port}: two programs"
                " cannot listen there."
            )
        jwks = environ.get("BEST_LINKS_CITIZEN_JWKS")
        published = environ.get("BEST_LINKS_TRANSPARENCY")
        issuer = environ.get("BEST_LINKS_CITIZEN_ISSUER")
        return cls(
            home=home,
            register_url=read_url(environ, "BEST_LINKS_REGISTER", "http://127.0.0.1:8000"),
            api_port=api_port,
            citizen_port=citizen_port,
            citizen_url=read_url(
                environ, "BEST_LINKS_CITIZEN_URL", f"http://127.0.0.1:{citizen_port}"
            ),
            issuer=read_url(environ, "BEST_LINKS_ISSUER", f"http://127.0.0.1:{api_port}"),
            transparency=Path(published).absolute() if published else home / "transparency",
            citizen_issuer=check_url("BEST_LINKS_CITIZEN_ISSUER", issuer) if issuer else None,
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
    if text := environ.get("BEST_LINKS_HOME"):
        home = Path(text).expanduser()
        if not home.is_absolute():
            raise EnvironmentProblem(f"BEST_LINKS_HOME must be an absolute path, and is {text!r}.")
        return home
    return _find_default(environ, "best-links")


def find_register_home(environ: Mapping[str, str]) -> Path:
    """Where the register of this environment is, as registry.settings says, which is not ours."""
    if environ.get("BEST_HOME"):
        return Path(environ["BEST_HOME"]).expanduser().absolute()
    return _find_default(environ, "best")


def _find_default(environ: Mapping[str, str], name: str) -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib") / name
    data_home = environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data_home).expanduser().absolute() / name


def list_unknown(environ: Mapping[str, str]) -> list[str]:
    """Say of each BEST_LINKS_* that there is none of that name: misspelt, it changes nothing."""
    return [
        f"there is no variable {name}"
        + "".join(f"; is {near} meant?" for near in get_close_matches(name, VARIABLES, 1, 0.85))
        for name in sorted(environ)
        if name.startswith(_PREFIX) and name not in VARIABLES
    ]


def read_url(environ: Mapping[str, str], name: str, default: str) -> str:
    """Return the address that the variable `name` gives, without a slash at its end."""
    return check_url(name, environ.get(name) or default).rstrip("/")


def check_url(name: str, text: str) -> str:
    """Return an address as it is, or say that the variable `name` holds none."""
    if not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", text):
        raise EnvironmentProblem(f"{name} must begin with http:// or https://, and is {text!r}.")
    return text


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
