"""The directory that the public side serves: what is decided and what was promised, never a look.

`checkpoints/SIZE` and `counts/MONTH.json` are written once; the other files are written over.
"""

import os
from pathlib import Path

from links.audit.note import VerifierKey, read_note

CHECKPOINTS = "checkpoints"
LATEST = "latest"
REFUSED = "refused-"
"""What a witness would not sign begins with it."""


def write_once(path: Path, content: str) -> None:
    """Write a file that never changes; one that is there stays as it is."""
    if not path.exists():
        _write(path, content)


def write_over(path: Path, content: str) -> None:
    """Write a file whole: who reads it sees the old or the new one."""
    _write(path, content)


def _write(path: Path, content: str) -> None:
    if not path.parent.exists():
        path.parent.mkdir(parents=True)
        path.parent.chmod(0o755)  # whatever the umask: the public side is another user
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("w", encoding="utf-8", newline="") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(0o644)
    draft.replace(path)


def publish_checkpoint(directory: Path, size: int, note: str) -> None:
    """Publish a checkpoint: under its size for good, and as the latest."""
    write_once(directory / CHECKPOINTS / str(size), note)
    write_over(directory / CHECKPOINTS / LATEST, note)


def publish_key(directory: Path, key: VerifierKey) -> None:
    """Publish what signatures are verified with."""
    write_over(directory / "keys" / f"{key.type.name.lower()}.vkey", f"{key.text}\n")


def read_latest(directory: Path) -> tuple[int, bytes] | None:
    """Return size and root of the checkpoint that was published last."""
    path = directory / CHECKPOINTS / LATEST
    if not path.exists():
        return None
    checkpoint = read_note(path.read_text(encoding="utf-8")).checkpoint
    return checkpoint.size, checkpoint.root


def read_checkpoints(directory: Path) -> list[tuple[Path, str]]:
    """Return the notes in a directory: what was published, or what a witness saw and refused."""
    found = [
        path
        for path in directory.glob("*")
        if path.name.isdecimal() or path.name == LATEST or path.name.startswith(REFUSED)
    ]
    return [(path, path.read_text(encoding="utf-8")) for path in sorted(found)]
