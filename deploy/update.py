"""The register brought up to date with the public download, if that has changed."""

from __future__ import annotations

import fcntl
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploy.failures import explain_failure
from deploy.file_locks import hold_lock
from deploy.search_index import make_search_index
from deploy.session import make_way_for_readers, open_session
from deploy.update_state import (
    Imported,
    UpdateState,
    get_update_directory,
    read_state,
    write_state,
)
from importers.download import Download, fetch_download, find_kept, get_public_url
from importers.region_import import ImportOptions
from importers.run import refuse_in_mirror, run_import
from importers.summary import ImportSummary
from registry.domain.errors import EnvironmentProblem
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from importers.transfer import Patience
    from registry.settings import Settings

UNFINISHED = "It did not come to its end: it was killed, or the machine went down."


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What an update did; `unchanged_since` is when the download that is there was imported."""

    download: Download
    summary: ImportSummary
    unchanged_since: datetime | None = None


def update_register(
    settings: Settings,
    progress: Callable[[str], None],
    clock: Callable[[], datetime],
    patience: Patience | None = None,
) -> Update:
    """Fetch the public download if it changed, check, import and publish it.

    The errors are those of an import; EnvironmentProblem too when another update is under way.
    How it ended is remembered for `./best doctor`, whatever the end.
    """
    with hold_update(settings), note_failure(settings, clock), open_session(settings):
        make_way_for_readers()
        refuse_in_mirror(settings)
        imported = find_imported(settings)
        download = fetch_download(
            settings,
            get_public_url(settings),
            progress,
            known=imported.to_download(settings.home) if imported else None,
            patience=patience,
        )
        if imported and imported.sha256 == download.sha256:
            known = Imported.of(download, imported.at, imported.regions)
            write_state(settings, UpdateState(imported=known, ended_at=clock()))
            return Update(download=download, summary=ImportSummary(), unchanged_since=imported.at)
        summary = run_import(settings, [str(download.path)], ImportOptions(), progress)
        state = replace(read_state(settings), ended_at=clock(), failure=summary.failure)
        if not summary.failed:
            regions = len(summary.outcomes)
            state = replace(state, imported=Imported.of(download, clock(), regions))
        write_state(settings, state)
        make_search_index(settings, progress)
        return Update(download=download, summary=summary)


def remember_import(settings: Settings, regions: int, now: datetime) -> None:
    """Remember that the public download was imported, other than by an update.

    The one that is here now, if it is the one that is in the register: another command may
    have fetched a newer one meanwhile. An update under way sees to that by itself.
    """
    with suppress(BlockingIOError), _try_lock(settings):
        kept = find_kept(settings, get_public_url(settings))
        if kept and count_regions(settings, kept.sha256) == regions:
            state = UpdateState(imported=Imported.of(kept, now, regions), ended_at=now)
            write_state(settings, state)


@contextmanager
def hold_update(settings: Settings) -> Iterator[None]:
    """Be the only update; EnvironmentProblem at once when there is another."""
    with ExitStack() as stack:
        try:
            stack.enter_context(_try_lock(settings))
        except BlockingIOError as error:
            raise EnvironmentProblem(
                "Another ./best update of this register is under way, so this one ends. Nothing"
                " is wrong: wait until the other is done."
            ) from error
        yield


def _try_lock(settings: Settings) -> AbstractContextManager[int]:
    lock = get_update_directory(settings.home) / "lock"
    return hold_lock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_updating(settings: Settings) -> bool:
    """Whether an update runs at this moment."""
    if not get_update_directory(settings.home).exists():
        return False
    try:
        with suppress(EnvironmentProblem), _try_lock(settings):  # one that cannot be opened
            return False
    except BlockingIOError:
        return True
    return False


@contextmanager
def note_failure(settings: Settings, clock: Callable[[], datetime]) -> Iterator[None]:
    """Remember why the block failed; until it ends, that it did not."""
    before = read_state(settings)
    write_state(settings, replace(before, ended_at=clock(), failure=UNFINISHED))
    try:
        yield
    except BaseException as error:
        failure = explain_failure(error, settings.home) or str(error) or "It was stopped."
        with suppress(EnvironmentProblem):  # a full disk must not hide what came before
            write_state(settings, replace(before, ended_at=clock(), failure=failure))
        raise


def find_imported(settings: Settings) -> Imported | None:
    """Return the download that was imported last, if this register is still the one it is in."""
    imported = read_state(settings).imported
    if imported and count_regions(settings, imported.sha256) == imported.regions:
        return imported
    return None


def count_regions(settings: Settings, sha256: str) -> int:
    """Return for how many regions a download was imported: a backup may be of between two."""
    with connect(settings, Role.READER) as connection:
        row = connection.execute(
            "select count(distinct region) from best.source where sha256 = %s", [sha256]
        ).fetchone()
    return int(row[0]) if row else 0
