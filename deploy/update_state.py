"""What updates remember between runs: the download that is in the register, how the last ended.

BEST_HOME/update/state.json holds both; BEST_HOME/update/lock is held while an update runs.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from importers.download import Download, make_target
from importers.transfer import Validators
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from pathlib import Path

    from registry.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A download that was imported whole; `at` is in UTC, `regions` how many it brought."""

    url: str
    sha256: str
    etag: str
    last_modified: str
    at: datetime
    regions: int

    @classmethod
    def of(cls, download: Download, at: datetime, regions: int) -> Imported:
        """Remember a download."""
        return cls(
            url=download.url,
            sha256=download.sha256,
            **asdict(download.validators),
            at=at,
            regions=regions,
        )

    def to_download(self, home: Path) -> Download:
        """Return what its server is asked about; the file need not be there any more."""
        return Download(
            url=self.url,
            path=make_target(home / "downloads", self.url),
            sha256=self.sha256,
            validators=Validators(etag=self.etag, last_modified=self.last_modified),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateState:
    """The last download that was imported, and when and how the last run ended (UTC).

    `failure` None: it went well.
    """

    imported: Imported | None = None
    ended_at: datetime | None = None
    failure: str | None = None


def get_update_directory(home: Path) -> Path:
    """Where updates keep what is theirs."""
    return home / "update"


def read_state(settings: Settings) -> UpdateState:
    """Return what is remembered; nothing when there is nothing that can be read."""
    path = get_update_directory(settings.home) / "state.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        imported, ended_at = document["imported"], document["ended_at"]
        if imported:
            imported = Imported(**imported | {"at": datetime.fromisoformat(imported["at"])})
        return UpdateState(
            imported=imported or None,
            ended_at=datetime.fromisoformat(ended_at) if ended_at else None,
            failure=document["failure"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return UpdateState()


def write_state(settings: Settings, state: UpdateState) -> None:
    """Replace what is remembered, all or nothing."""
    path = get_update_directory(settings.home) / "state.json"
    new = path.with_name("state.json.new")
    text = json.dumps(asdict(state), indent=2, default=datetime.isoformat)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(f"{text}\n", encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise EnvironmentProblem(f"{path} cannot be written: {error.strerror}.") from error
