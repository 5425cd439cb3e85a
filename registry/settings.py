"""What the environment decides; read once, at the edge, and passed on as an argument."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from geo.pipelines import GRID_NAME
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the data is and how it is reached.

    `database_url` None means the private cluster under `home`, in which `database_name` is used.
    """

    home: Path
    database_url: str | None = None
    database_name: str = "best"
    public_url: str | None = None
    download_url: str | None = None
    proj_grid: Path | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read BEST_* from `environ`; an empty variable counts as absent."""
        home = find_home(environ)
        return cls(
            home=home,
            database_url=read_database_url(environ),
            public_url=(environ.get("BEST_PUBLIC_URL") or "").rstrip("/") or None,
            download_url=environ.get("BEST_DOWNLOAD_URL") or None,
            proj_grid=find_proj_grid(environ, home),
        )


def find_home(environ: Mapping[str, str]) -> Path:
    """BEST_HOME, or /var/lib/best for root and the user's data directory for anyone else."""
    if environ.get("BEST_HOME"):
        return Path(environ["BEST_HOME"]).expanduser().absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/best")
    data_home = environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data_home).expanduser().absolute() / "best"


def read_database_url(environ: Mapping[str, str]) -> str | None:
    """BEST_DATABASE_URL; refused without repeating it, for it holds a password."""
    url = environ.get("BEST_DATABASE_URL") or None
    if url and not url.startswith(("postgresql://", "postgres://")):
        message = (
            "BEST_DATABASE_URL must look like postgresql://user:password@host:5432/database"
            " (what is there now starts otherwise)."
        )
        raise EnvironmentProblem(message)
    return url


def find_proj_grid(environ: Mapping[str, str], home: Path) -> Path | None:
    """Return the Belgian grid; a BEST_PROJ_GRID that names no file is an error, not a miss."""
    named = environ.get("BEST_PROJ_GRID")
    if named:
        if not Path(named).is_file():
            raise EnvironmentProblem(f"BEST_PROJ_GRID names {named}, and there is no such file.")
        return Path(named).absolute()
    return next((grid for grid in list_grid_places(environ, home) if grid.is_file()), None)


def list_grid_places(environ: Mapping[str, str], home: Path) -> Iterator[Path]:
    """Where a grid is looked for when none is named: ours, PROJ's variables, Debian's place."""
    yield home / "proj" / GRID_NAME
    for variable in ("PROJ_DATA", "PROJ_LIB"):
        for directory in filter(None, environ.get(variable, "").split(":")):
            yield Path(directory) / GRID_NAME
    yield Path("/usr/share/proj") / GRID_NAME
