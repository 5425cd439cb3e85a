"""Matches the batches that wait, one after the other, in a process that lets others go first.

Any worker of the API starts it (api.v1.match_batch_process); it ends when nothing waits, and with
the process that started it: what was under way is then begun anew.
"""

import json
import os
import pickle
import sys
import threading
import time
import traceback
from collections.abc import Callable

from registry.clock import utc_now
from registry.domain.errors import InputRefused
from registry.search.bulk.batches import MOST_ROWS, MOST_TRIES, Batch, Batches
from registry.search.bulk.matching_files import Tally, match_table, open_table
from registry.search.bulk.processes import Pool
from registry.search.store import ensure_folder
from registry.settings import Settings

_NICENESS = 15
_SECONDS, _ROWS = 1.0, 5_000
_INTERRUPTED = "It was interrupted again and again, and is given up. Send smaller files."
_FAILED = "It could not be matched because of a failure of the service. Send it again later."


def match_waiting(settings: Settings) -> None:
    """Match batch after batch until none waits; nothing when another process does it."""
    batches = Batches.of(settings.home)
    with batches.running() as is_ours:
        while is_ours and (waiting := batches.list_waiting()):
            match_batch(waiting[0], settings)


def match_batch(batch: Batch, settings: Settings) -> None:
    """Match one batch and write down what came of it; one that is ended meanwhile is left."""
    try:
        problem = _try(batch, settings)
        batch.update(completed=utc_now(), problem=problem)
        batch.sent.unlink()
    except FileNotFoundError:
        if batch.find_state() is not None:
            raise


def _try(batch: Batch, settings: Settings) -> str | None:
    """Return what went wrong, None if nothing did."""
    state = batch.find_state()
    if state is None:
        raise FileNotFoundError(batch.folder)
    if state.tries >= MOST_TRIES:
        return _INTERRUPTED
    batch.update(tries=state.tries + 1)
    for unfinished in batch.folder.glob(".result.*"):
        unfinished.unlink()
    try:
        with Pool(len(os.sched_getaffinity(0))) as pool:
            tally = match_table(
                open_table(batch.sent, state.told),
                batch.result,
                ensure_folder(settings, lambda _: None),
                pool,
                minimum=state.minimum,
                most_rows=MOST_ROWS,
                progress=make_meter(batch),
            )
    except InputRefused as refusal:
        return str(refusal)
    except FileNotFoundError:
        raise  # the batch was ended
    except Exception as error:  # noqa: BLE001 - whatever it was, others wait
        tell(error)
        return _FAILED
    batch.update(rows=tally.rows, rows_done=tally.rows)
    return None


def tell(error: Exception) -> None:
    """Write on standard error where it happened; not its text, which may hold what was sent."""
    frames = traceback.extract_tb(error.__traceback__)
    line = {
        "event": "error",
        "error": type(error).__qualname__,
        "frames": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    print(json.dumps(line), file=sys.stderr, flush=True)


def make_meter(batch: Batch) -> Callable[[Tally], None]:
    """Return what writes down how far it is."""
    last, told = 0.0, 0

    def meter(tally: Tally) -> None:
        nonlocal last, told
        if time.monotonic() - last >= _SECONDS or tally.rows - told >= _ROWS:
            last, told = time.monotonic(), tally.rows
            batch.update(rows_done=told)

    return meter


def _end_with_starter() -> None:
    while os.read(sys.stdin.fileno(), 1):  # not the buffer, which an ending interpreter closes
        pass
    os._exit(1)


def main() -> None:
    """Read the settings from standard input, and match while it stays open."""
    settings = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by who started it
    threading.Thread(target=_end_with_starter, daemon=True).start()
    os.nice(_NICENESS)
    match_waiting(settings)


if __name__ == "__main__":
    main()
