"""A source by name: a path as it is, a URL downloaded, checked and kept."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from importers.containers import hash_file
from importers.transfer import Patience, Transfer, Validators
from importers.zips import ZipListing, is_source
from registry.domain.errors import EnvironmentProblem, InputRefused
from registry.settings import Settings

PUBLIC_DOWNLOAD = "https://opendata.bosa.be/download/best/best-full-latest.zip"
"""BeSt Address, full download of the three regions, weekly (BOSA, CC BY 4.0)."""

_SPACE_FACTOR = 12  # a register takes about this many times the size of its download
_MEGABYTE = 1_000_000
_IMPORT_SECONDS_PER_MEGABYTE = 0.7  # measured: 393 MB, 6.7 million addresses, two cores, 279 s

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A whole file, checked, with what is needed to ask its server whether it changed."""

    url: str
    path: Path
    sha256: str
    validators: Validators


def fetch_source(settings: Settings, source: str, progress: Progress) -> Path:
    """Return the local path of a source; an empty one means the public full download."""
    if "://" not in source and source:
        return Path(source)
    return fetch_download(settings, source or get_public_url(settings), progress).path


def get_public_url(settings: Settings) -> str:
    """Where the public full download is, or the mirror of it that BEST_DOWNLOAD_URL names."""
    return settings.download_url or PUBLIC_DOWNLOAD


def fetch_download(
    settings: Settings,
    url: str,
    progress: Progress,
    *,
    known: Download | None = None,
    patience: Patience | None = None,
) -> Download:
    """Return the newest version of `url`; the one kept from before when it is still that.

    `known` is a version whose file need not be here any more; it is returned when the server
    still has it. InputRefused when the answer is no data, EnvironmentProblem when none comes.
    """
    target = make_target(settings.home / "downloads", url)
    kept = find_kept(settings, url)
    newest = kept or (known if known and known.url == url else None)
    with _hold(target.parent):
        transfer = Transfer(
            url=url,
            part=target.with_name(f"{target.name}.part"),
            wants_zip=target.suffix == ".zip",
            patience=patience or Patience(),
            announce=lambda length, had: _announce(url, target.parent, length, had, progress),
            progress=progress,
        )
        validators = transfer.fetch(newest.validators if newest else Validators())
        if validators is not None:
            return _keep(transfer, target, validators)
        assert newest is not None  # noqa: S101 - "not modified" answers what was asked of it
        progress(f"{url} has not changed since it was downloaded")
        return newest


def make_target(folder: Path, url: str) -> Path:
    """Return where the file is kept; without a suffix that says otherwise it is a zip."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise InputRefused(f"{url}: no address of a file: {error}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InputRefused(f"{url}: only http and https addresses can be downloaded")
    name = Path(parts.path).name or "download"
    suffix = Path(name).suffix.lower()
    known = is_source(name) or suffix == ".gz"
    return folder / (name if known else f"{name}.zip")


@contextmanager
def _hold(folder: Path) -> Iterator[None]:
    """Two that write one file would each get a mixture."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise EnvironmentProblem(
                f"Another ./best import or update is downloading into {folder}. Wait until it is"
                " done, then run this again."
            ) from error
        yield


def _note_of(target: Path) -> Path:
    return target.with_name(f"{target.name}.json")


def find_kept(settings: Settings, url: str) -> Download | None:
    """Return what was downloaded from `url`, if the file is still here as it came."""
    target = make_target(settings.home / "downloads", url)
    try:
        note = json.loads(_note_of(target).read_text(encoding="utf-8"))
        if note["url"] == url and note["size"] == target.stat().st_size:
            return Download(
                url=url,
                path=target,
                sha256=note["sha256"],
                validators=Validators(etag=note["etag"], last_modified=note["lastModified"]),
            )
    except (OSError, ValueError, KeyError, TypeError):
        pass  # none, or not of ours: then it is fetched
    return None


def _keep(transfer: Transfer, target: Path, validators: Validators) -> Download:
    """Check the part and put it in the place of the version before it."""
    part = transfer.part
    if transfer.wants_zip:
        _check_zip(part, transfer.url)
    sha256, size = hash_file(part), part.stat().st_size
    with part.open("rb") as file:
        os.fsync(file)
    _note_of(target).unlink(missing_ok=True)  # it must never describe another file
    part.replace(target)
    note = {
        "url": transfer.url,
        "size": size,
        "sha256": sha256,
        "etag": validators.etag,
        "lastModified": validators.last_modified,
    }
    _note_of(target).write_text(json.dumps(note), encoding="utf-8")
    _note_of(part).unlink(missing_ok=True)
    return Download(url=transfer.url, path=target, sha256=sha256, validators=validators)


def _check_zip(part: Path, url: str) -> None:
    """Look through the zip, those within it to their last byte, before it is anybody's source."""
    try:
        with part.open("rb") as stream:
            for _ in ZipListing.of(url, part.stat().st_size).list_files(stream):
                pass
    except InputRefused as refusal:
        size = part.stat().st_size
        part.unlink()
        raise InputRefused(
            f"{refusal}\nAll of its {size:,} bytes came, so it is like that at the publisher, who"
            " may be replacing it at this moment. Try again later."
        ) from refusal


def _announce(url: str, folder: Path, length: int, had: int, progress: Progress) -> None:
    free = shutil.disk_usage(folder).free
    resumed = f", resuming after {had / _MEGABYTE:,.0f} MB" if had else ""
    size = f"{length / _MEGABYTE:,.0f} MB" if length else "its size is not told"
    progress(f"Downloading {url}: {size}{resumed}")
    if length and not had:
        minutes = max(1, round(length / _MEGABYTE * _IMPORT_SECONDS_PER_MEGABYTE / 60))
        progress(f"Importing it takes about {minutes} min on two cores")
        progress(
            f"The register it makes takes about {_SPACE_FACTOR * length / _MEGABYTE:,.0f} MB of"
            f" disk; {free / _MEGABYTE:,.0f} MB are free"
        )
    if free < length - had:
        raise EnvironmentProblem(
            f"{folder} has {free / _MEGABYTE:,.0f} MB free, the download needs"
            f" {(length - had) / _MEGABYTE:,.0f} MB. BEST_HOME moves the data elsewhere."
        )
