"""Indexes on disk: one folder each, below BEST_HOME/search; mapped, shared and never changed."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import orjson
from psycopg.conninfo import conninfo_to_dict

from registry.domain.errors import EnvironmentProblem, RegistryError
from registry.domain.region import Region
from registry.search.build import Content, make_content
from registry.search.build_rows import fetch_fingerprint, read_rows
from registry.search.index import (
    AddressColumns,
    NameEntries,
    Numbers,
    Place,
    SearchIndex,
    StreetColumns,
)
from registry.search.nearest import NearestIndex
from registry.search.spelling import Spelling
from registry.search.suggestion_index import make_suggestion_arrays, open_suggestion_index
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from registry.search.build_rows import Rows
    from registry.settings import Settings
    from registry.store.reading.register_state import Fingerprint

_TEXTS = "texts.json"
_UNFINISHED = ".unfinished-"
_KEPT = 2
_MAKERS = ("index", "build*", "spelling", "nearest", "store", "places", "suggestion*", "sql/*")
"""What decides what is written: an index that other code wrote is not read."""
_PLAIN = (
    "municipality_numbers",
    "parts",
    "part_names",
    "postal_names",
    "postal_municipalities",
    "other_ids",
    "successors",
)


class IndexDamaged(RegistryError):
    """The files of an index are not what was written."""


def load_index(folder: Path) -> SearchIndex:
    """Map the index of a folder; IndexDamaged when it is none."""
    try:
        texts = orjson.loads((folder / _TEXTS).read_bytes())
        names = texts["arrays"]
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in names}
        if any(list(arrays[name].shape) != shape for name, shape in names.items()):
            raise IndexDamaged(f"{folder}: an array is not as long as it was written.")
        return assemble(arrays, texts)
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise IndexDamaged(f"{folder}: {error}") from error


def assemble(arrays: Mapping[str, Any], texts: Mapping[str, Any]) -> SearchIndex:
    """Make the index of its arrays and texts, wherever they are kept."""
    groups: dict[str, dict[str, Any]] = {}
    for name, values in arrays.items():
        group, _, column = name.partition(".")
        groups.setdefault(group, {})[column] = memoryview(values)
    for group in ("streets", "names", "numbers"):
        groups[group] |= texts[group]
    names, numbers = groups["names"], groups["numbers"]
    addresses = AddressColumns(**groups["addresses"])
    index = SearchIndex(
        seq=texts["seq"],
        version=f"{texts['register']}-{digest_code('*')}",
        municipalities=[
            Place(nis_code=code, region=Region(region), names=of)
            for code, region, of in texts["municipalities"]
        ],
        streets=StreetColumns(**groups["streets"]),
        names=NameEntries(**names, key_numbers=_number(names["keys"])),
        numbers=Numbers(
            **numbers,
            house_key_numbers=_number(numbers["house_keys"]),
            box_key_numbers=_number(numbers["box_keys"]),
        ),
        addresses=addresses,
        nearest=NearestIndex(addresses, groups["nearest"]),
        spelling=Spelling.load(names["keys"], groups["spelling"]),
        **{field: texts[field] for field in _PLAIN},
    )
    if "suggestions" not in texts:
        return index
    return replace(
        index,
        suggestions=open_suggestion_index(index, groups["suggestions"] | texts["suggestions"]),
    )


def _number(texts: list[str]) -> dict[str, int]:
    return {text: number for number, text in enumerate(texts)}


def make_index(rows: Rows) -> SearchIndex:
    """Make an index in memory."""
    content = _make_whole(rows)
    return assemble(content.arrays, content.texts)


def _make_whole(rows: Rows) -> Content:
    """Make the content with what suggestions are looked up in, which is made of an index."""
    content = make_content(rows)
    made = make_suggestion_arrays(assemble(content.arrays, content.texts))
    arrays = {f"suggestions.{name}": a for name, a in made.items() if not isinstance(a, list)}
    texts = {name: a for name, a in made.items() if isinstance(a, list)}
    return Content(arrays=content.arrays | arrays, texts=content.texts | {"suggestions": texts})


@cache
def digest_code(*names: str) -> str:
    """Return what changes with these modules and tables of search, or any of normalization."""
    here = Path(__file__).parent
    paths = [*(here.parent / "normalization").glob("*.*")]
    paths += [path for name in names for path in here.glob(f"{name}.*")]
    digest = blake2b(digest_size=5)
    for path in sorted(paths):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def name_register(fingerprint: Fingerprint) -> str:
    """Return what changes whenever an index of the register would."""
    told = (fingerprint.withdrawn, fingerprint.history_from, fingerprint.datum_shift)
    moment = fingerprint.published_at
    text = f"{told} {moment and moment.timestamp()}"
    return f"{fingerprint.seq}-{blake2b(text.encode(), digest_size=5).hexdigest()}"


def find_folder(settings: Settings) -> Path:
    """Return where the indexes of this database are."""
    name = settings.database_name
    if settings.database_url is not None:
        parts = conninfo_to_dict(settings.database_url)
        name = f"{parts.get('host') or ''} {parts.get('dbname') or ''}"
    return settings.home / "search" / quote(name, safe="").replace(".", "%2E")


def open_index(settings: Settings) -> SearchIndex | None:
    """Map the index of the register as it is, or else the newest one there is; None: there is none.

    Never builds one: see ensure_index.
    """
    current = find_folder(settings) / _name_current(settings)
    older = [folder for folder in _list_folders(settings) if folder.name.endswith(_name_folder(""))]
    for folder in [current, *older]:
        try:
            return load_index(folder)
        except IndexDamaged:
            continue
    return None


def has_only_others(settings: Settings) -> bool:
    """Whether there are indexes of this database, all of them written by other code."""
    names = [folder.name for folder in _list_folders(settings)]
    return bool(names) and not any(name.endswith(_name_folder("")) for name in names)


def _name_current(settings: Settings) -> str:
    with connect(settings, Role.READER, application_name="best search", autocommit=True) as c:
        return _name_folder(name_register(fetch_fingerprint(c)))


def _name_folder(register: str) -> str:
    return f"{register}-{digest_code(*_MAKERS)}"


def _list_folders(settings: Settings) -> list[Path]:
    """Return the finished ones, the newest first."""
    try:
        folders = [p for p in find_folder(settings).iterdir() if not p.name.startswith(".")]
        return sorted((p for p in folders if p.is_dir()), key=_get_age)
    except FileNotFoundError:
        return []


def _get_age(folder: Path) -> float:
    return -folder.stat().st_mtime


def ensure_index(settings: Settings, progress: Callable[[str], None]) -> SearchIndex:
    """Map the index of the register as it is now; build it when there is none."""
    with _hold_lock(settings):
        folder = find_folder(settings) / _name_current(settings)
        try:
            return load_index(folder)
        except IndexDamaged:
            return _build(settings, progress)


def ensure_folder(settings: Settings, progress: Callable[[str], None]) -> Path:
    """Return where the index of the register as it is now is, for other processes to map."""
    with _hold_lock(settings):
        folder = find_folder(settings) / _name_current(settings)
        if not (folder / _TEXTS).is_file():
            _build(settings, progress)
        return folder


def _build(settings: Settings, progress: Callable[[str], None]) -> SearchIndex:
    with connect(settings, Role.READER, application_name="best search", autocommit=True) as c:
        rows = read_rows(c, name_register, progress)
    progress("Search index: sorting")
    content = _make_whole(rows)
    folder = find_folder(settings) / _name_folder(rows.register)
    write_index(content, folder)
    for old in _list_folders(settings)[_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    progress(f"Search index: {len(rows.addresses.streets):,} addresses, {folder.name}")
    return load_index(folder)


def write_index(content: Content, folder: Path) -> None:
    """Write the files of an index beside and put the folder in place."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for abandoned in folder.parent.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder.parent))
    unfinished.chmod(0o755)
    shapes = {name: values.shape for name, values in content.arrays.items()}
    try:
        (unfinished / _TEXTS).write_bytes(orjson.dumps(content.texts | {"arrays": shapes}))
        for name, values in content.arrays.items():
            np.save(unfinished / f"{name}.npy", values)
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
    except OSError:  # a full disk must not stay so by this
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


@contextmanager
def _hold_lock(settings: Settings) -> Iterator[None]:
    """Be the only one who builds; the kernel lets go of it with the process."""
    folder = find_folder(settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise EnvironmentProblem(f"Best cannot write in {folder}: {error.strerror}.") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
