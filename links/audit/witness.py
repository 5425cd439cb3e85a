"""A witness: keeps the largest tree it saw, and signs a larger one only if that begins with it.

It belongs to another organisation: its directory holds a key of its own and what it saw last, and
nothing of it is needed to run the log. C2SP calls this tlog-witness; here a directory stands where
the network would be.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from links.audit.note import (
    Checkpoint,
    SigningKey,
    VerifierKey,
    cosign,
    read_note,
    verify,
)
from links.audit.publication import LATEST, REFUSED, write_once, write_over
from links.audit.tree import is_consistent


class WitnessRefused(Exception):
    """The witness does not sign: what it was shown does not go on from what it saw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """The witness of one log; `directory` is its own."""

    directory: Path
    key: SigningKey
    log: VerifierKey

    def find_latest(self) -> Checkpoint | None:
        """Return the largest tree that was signed."""
        return read_seen(self.directory, self.log)

    def add(self, note: str, old: int, proof: list[bytes], *, moment: datetime) -> str:
        """Return the line to append; WitnessRefused keeps the note as evidence."""
        checkpoint, latest = verify(read_note(note), self.log), self.find_latest()
        if old != (latest.size if latest else 0):
            raise WitnessRefused("the proof does not begin at the tree that was signed last")
        if latest and not is_consistent(
            latest.size, latest.root, checkpoint.size, checkpoint.root, proof
        ):
            write_once(self.directory / f"{REFUSED}{checkpoint.size}-{checkpoint.root.hex()}", note)
            raise WitnessRefused(f"the tree does not go on from that of {latest.size} leaves")
        line = cosign(checkpoint, self.key, moment)
        # Before it is answered: a witness that forgets could be shown two histories.
        write_over(self.directory / LATEST, note + line)
        return line


def read_seen(directory: Path, log: VerifierKey) -> Checkpoint | None:
    """Return what a witness saw last; NoteRefused if it is not of this log."""
    path = directory / LATEST
    if not path.exists():
        return None
    return verify(read_note(path.read_text(encoding="utf-8")), log)
