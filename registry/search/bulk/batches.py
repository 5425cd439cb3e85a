"""Files that are matched for others: a folder each below BEST_HOME/batches, closed to others.

All that is known of a batch is in its folder, so that any process can tell how it stands. What was
sent is removed when it is matched; the rest when the batch expires.
"""

import fcntl
import json
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from registry.search.bulk.columns import Told

FOLDER = "batches"
MOST_ROWS = 1_000_000
MOST_WAITING = 5
MOST_TRIES = 3
KEPT = timedelta(hours=24)
"""After a batch was done, or else after it was sent."""
LONGEST_UPLOAD = timedelta(hours=1)
_ID = re.compile(r"[0-9a-f]{32}")
_UPLOAD = ".upload-"
_STATE = "state.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchState:
    """How a batch stands: `rows_done` of about `rows`; `problem` says why it failed.

    `tries` counts how often its matching began: it may be interrupted.
    """

    media: str
    told: Told
    created: datetime
    rows: int
    minimum: float = 0.0
    rows_done: int = 0
    completed: datetime | None = None
    problem: str | None = None
    tries: int = 0

    @property
    def expires(self) -> datetime:
        """When its files are removed."""
        return (self.completed or self.created) + KEPT

    def to_json(self) -> str:
        """Write it."""
        return json.dumps(asdict(self), default=datetime.isoformat)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what to_json wrote."""
        members: dict[str, Any] = json.loads(text)
        for name in ("created", "completed"):
            members[name] = members[name] and datetime.fromisoformat(members[name])
        told = members["told"]
        if told["columns"] is not None:
            told["columns"] = {field: tuple(names) for field, names in told["columns"].items()}
        return cls(**members | {"told": Told(**told)})


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch and its files."""

    folder: Path

    @property
    def id(self) -> str:
        """Its name: whoever knows it may read the answers."""
        return self.folder.name

    @property
    def sent(self) -> Path:
        """The file that was sent."""
        return self.folder / "input"

    @property
    def result(self) -> Path:
        """The file with the answers, once it is done."""
        return self.folder / "result"

    def find_state(self) -> BatchState | None:
        """Return how it stands, None when it is gone."""
        try:
            return BatchState.from_json((self.folder / _STATE).read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError):
            return None  # ended, or written by another version of this program

    def update(self, **changes: Any) -> None:
        """Change how it stands; FileNotFoundError when it was ended meanwhile."""
        state = self.find_state()
        if state is None:
            raise FileNotFoundError(self.folder)
        self.write_state(replace(state, **changes))

    def write_state(self, state: BatchState) -> None:
        """Write how it stands, whole or not at all."""
        beside = self.folder / f".{_STATE}"
        beside.touch(mode=0o600)
        beside.write_text(state.to_json(), encoding="utf-8")
        beside.replace(self.folder / _STATE)

    def remove(self) -> None:
        """Remove it with its files, from one moment to the next."""
        hidden = self.folder.with_name(f"{_UPLOAD}{secrets.token_hex(8)}")
        with suppress(FileNotFoundError):
            self.folder.rename(hidden)
        shutil.rmtree(hidden, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Batches:
    """The batches of one installation."""

    folder: Path

    @classmethod
    def of(cls, home: Path) -> "Batches":
        """Return those below BEST_HOME."""
        return cls(home / FOLDER)

    @contextmanager
    def receiving(self) -> Iterator[Batch]:
        """Have a folder for a file that is being sent; what is not added is removed."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        batch = Batch(self.folder / f"{_UPLOAD}{secrets.token_hex(8)}")
        batch.folder.mkdir(mode=0o700)
        batch.sent.touch(mode=0o600)
        try:
            yield batch
        finally:
            shutil.rmtree(batch.folder, ignore_errors=True)

    def add(self, received: Batch, state: BatchState) -> Batch:
        """Put what was received in the row."""
        received.write_state(state)
        batch = Batch(self.folder / secrets.token_hex(16))
        received.folder.rename(batch.folder)
        return batch

    def find(self, batch_id: str) -> Batch | None:
        """Return a batch, None when there is none or it is gone."""
        batch = Batch(self.folder / batch_id)
        return batch if _ID.fullmatch(batch_id) and batch.find_state() is not None else None

    def list_waiting(self) -> list[Batch]:
        """Return those that are not completed, the oldest first."""
        waiting = [
            (state.created, batch)
            for batch, state in self._read_all().items()
            if state.completed is None
        ]
        return [batch for _, batch in sorted(waiting, key=lambda pair: pair[0])]

    def remove_expired(self, now: datetime) -> None:
        """Remove what nobody may fetch any more, and what a crash left behind."""
        known = self._read_all()
        for batch, state in known.items():
            if state.expires <= now:
                batch.remove()
        left = {path for path in self.folder.glob("*") if path.is_dir()}
        for folder in left.difference(batch.folder for batch in known):
            with suppress(FileNotFoundError):
                if now.timestamp() - folder.stat().st_mtime > LONGEST_UPLOAD.total_seconds():
                    shutil.rmtree(folder, ignore_errors=True)

    def count_uploads(self) -> int:
        """Return how many files are being sent."""
        return len([*self.folder.glob(f"{_UPLOAD}*")])

    def _read_all(self) -> Mapping[Batch, BatchState]:
        batches = [Batch(p) for p in self.folder.glob("*") if _ID.fullmatch(p.name)]
        found = {batch: batch.find_state() for batch in batches}
        return {batch: state for batch, state in found.items() if state is not None}

    @contextmanager
    def running(self) -> Iterator[bool]:
        """Be the one who matches batches on this machine, if nobody is."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
