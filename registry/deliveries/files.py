"""The files of deliveries on the disk: what has come so far, then the file under its own name.

`BEST_HOME/deliveries/ID/` holds `part` while it comes, then `file/NAME`, and `preview.geojson`
of its last check. The row says how many bytes count; what is beyond them was never confirmed.
"""

import fcntl
import os
import re
import shutil
from pathlib import Path
from typing import BinaryIO

from registry.domain.errors import EnvironmentProblem

_ID = re.compile(r"[a-z2-7]{26}")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 120
RESERVE = 1 << 30
"""Bytes of the disk that deliveries leave to everybody else."""


class NoRoom(EnvironmentProblem):
    """The disk has no room for the file."""


def make_safe_name(name: str) -> str:
    """Return a file name of ASCII letters, digits and . _ - that keeps its ending."""
    safe = _UNSAFE.sub("_", name.replace("\\", "/").rsplit("/", maxsplit=1)[-1]).lstrip(".-")
    return safe[-_LONGEST_NAME:].lstrip(".-") or "file"


class DeliveryFiles:
    """The directory of all deliveries; only its owner may enter it."""

    def __init__(self, home: Path) -> None:
        self._root = home / "deliveries"

    def check_room(self, size: int) -> None:
        """NoRoom unless `size` bytes fit and the reserve stays."""
        self._make_root()
        free = shutil.disk_usage(self._root).free
        if free < size + RESERVE:
            raise NoRoom(
                f"{free} bytes are free, and {size} with a reserve of {RESERVE} do not fit."
            )

    def open_part(self, delivery_id: str, received: int) -> BinaryIO:
        """Open what has come, at byte `received`; what came beyond it is cut off.

        It is held until it is closed: BlockingIOError while another request, of whichever process,
        holds it. FileNotFoundError when bytes that were confirmed are not there: an empty file in
        their place would take that of the whole one.
        """
        directory = self._directory(delivery_id)
        self._make_root()
        directory.mkdir(mode=0o700, exist_ok=True)
        path = directory / "part"
        flags = os.O_RDWR | os.O_CLOEXEC | (0 if received else os.O_CREAT)
        # Opened once, and never emptied: "w" would lose what was confirmed.
        file = os.fdopen(os.open(path, flags, 0o600), "r+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file.fileno()).st_size < received:
                raise FileNotFoundError(path)
            file.truncate(received)
            file.seek(received)
        except OSError:
            file.close()
            raise
        return file

    def finish(self, delivery_id: str, file_name: str) -> Path:
        """Give the whole file its name, on the disk for good; repeating it does nothing.

        FileExistsError when another request came first: that one's file is the one that counts.
        """
        directory, path = self._directory(delivery_id), self.get_file(delivery_id, file_name)
        part = directory / "part"
        if part.exists():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            try:
                os.link(part, path)  # unlike a renaming it takes nobody's place
            except FileExistsError:
                if not part.samefile(path):
                    raise
            part.unlink()
        for changed in (path, path.parent, directory, self._root):
            _sync(changed)
        return path

    def get_file(self, delivery_id: str, file_name: str) -> Path:
        """Where the whole file is, or will be."""
        return self._directory(delivery_id) / "file" / make_safe_name(file_name)

    def get_features(self, delivery_id: str) -> Path:
        """Where the GeoJSON of the last preview is, or will be."""
        return self._directory(delivery_id) / "preview.geojson"

    def drop_part(self, delivery_id: str) -> None:
        """Forget what has come of a file that will never be whole."""
        (self._directory(delivery_id) / "part").unlink(missing_ok=True)

    def list_parts(self) -> list[str]:
        """Return the ids of the deliveries of which a part is on the disk."""
        return sorted(part.parent.name for part in self._root.glob("*/part"))

    def _make_root(self) -> None:
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _directory(self, delivery_id: str) -> Path:
        if not _ID.fullmatch(delivery_id):
            raise ValueError(f"{delivery_id!r} is no id of a delivery")
        return self._root / delivery_id


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
