"""A source by name: a path as it is, a URL downloaded, resumed where it broke off."""

import shutil
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from time import monotonic
from typing import BinaryIO, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from registry.domain.errors import EnvironmentProblem, InputRefused
from registry.settings import Settings

PUBLIC_DOWNLOAD = "https://opendata.bosa.be/download/best/best-full-latest.zip"
"""BeSt Address, full download of the three regions, weekly (BOSA, CC BY 4.0)."""

_CHUNK = 1 << 20
_TELL_EVERY_SECONDS = 2.0
_SPACE_FACTOR = 12  # a register takes about this many times the size of its download
_MEGABYTE = 1_000_000
_RANGE_NOT_SATISFIABLE = 416
_IMPORT_SECONDS_PER_MEGABYTE = 1.0  # measured: 393 MB, 6.7 million addresses, two cores, 404 s

Progress = Callable[[str], None]


def fetch_source(settings: Settings, source: str, progress: Progress) -> Path:
    """Return the local path of a source; an empty one means the public full download."""
    if "://" not in source and source:
        return Path(source)
    url = source or PUBLIC_DOWNLOAD
    if urlsplit(url).scheme not in {"http", "https"}:
        raise InputRefused(f"{url}: only http and https addresses can be downloaded")
    folder = settings.home / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    name = Path(urlsplit(url).path).name or "download.zip"
    try:
        return _download_or_start_again(url, folder / name, progress)
    except HTTPError as error:
        raise InputRefused(f"{url} answered {error.code} {error.reason}") from error
    except (URLError, HTTPException, TimeoutError, ConnectionError) as error:
        raise EnvironmentProblem(
            f"{url} cannot be reached or broke off: {error}. Run the same command again: what"
            f" was downloaded is kept in {folder} and resumed. A file you already have:"
            " ./best import FILE"
        ) from error


def _download_or_start_again(url: str, target: Path, progress: Progress) -> Path:
    try:
        return _download(url, target, progress)
    except HTTPError as error:
        if error.code != _RANGE_NOT_SATISFIABLE:
            raise
        # All of it was there already, or the file has become shorter: fetch it anew.
        target.with_name(f"{target.name}.part").unlink(missing_ok=True)
        return _download(url, target, progress)


def _download(url: str, target: Path, progress: Progress) -> Path:
    part = target.with_name(f"{target.name}.part")
    tag = part.with_name(f"{part.name}.etag")
    # Only a validator proves that the rest belongs to the same edition.
    had = part.stat().st_size if part.exists() and tag.exists() and tag.read_text() else 0
    request = Request(url, headers={"User-Agent": "best-registry"})  # noqa: S310 - the user's URL
    if had:
        request.add_header("Range", f"bytes={had}-")
        request.add_header("If-Range", tag.read_text())
    with cast("HTTPResponse", urlopen(request, timeout=60)) as response:  # noqa: S310
        resumed = response.status == 206
        length = int(response.headers.get("Content-Length") or 0) + (had if resumed else 0)
        _announce(url, target.parent, length, had if resumed else 0, progress)
        tag.write_text(response.headers.get("ETag") or response.headers.get("Last-Modified") or "")
        with part.open("ab" if resumed else "wb") as file:
            _copy(response, file, length, progress)
    if length and part.stat().st_size != length:
        raise URLError(f"{part.stat().st_size:,} of {length:,} bytes came")
    tag.unlink()
    part.replace(target)
    return target


def _announce(url: str, folder: Path, length: int, had: int, progress: Progress) -> None:
    free = shutil.disk_usage(folder).free
    resumed = f", resuming after {had / _MEGABYTE:,.0f} MB" if had else ""
    progress(f"Downloading {url}: {length / _MEGABYTE:,.0f} MB{resumed}")
    minutes = max(1, round(length / _MEGABYTE * _IMPORT_SECONDS_PER_MEGABYTE / 60))
    progress(f"Importing it takes about {minutes} minutes on two cores")
    progress(
        f"The register it makes takes about {_SPACE_FACTOR * length / _MEGABYTE:,.0f} MB of disk;"
        f" {free / _MEGABYTE:,.0f} MB are free"
    )
    if free < length - had:
        raise EnvironmentProblem(
            f"{folder} has {free / _MEGABYTE:,.0f} MB free, the download needs"
            f" {(length - had) / _MEGABYTE:,.0f} MB. BEST_HOME moves the data elsewhere."
        )


def _copy(response: HTTPResponse, file: BinaryIO, length: int, progress: Progress) -> None:
    began = told = monotonic()
    start = file.tell()
    while chunk := response.read(_CHUNK):
        file.write(chunk)
        now = monotonic()
        if now - told >= _TELL_EVERY_SECONDS:
            told = now
            done, rate = file.tell(), (file.tell() - start) / (now - began)
            left = f", {(length - done) / rate:,.0f} s left" if length and rate else ""
            progress(f"{done / _MEGABYTE:,.0f} of {length / _MEGABYTE:,.0f} MB{left}")
