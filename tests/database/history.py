"""The sample, then three editions of the small country, published under the eyes of readers."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importers.sample.write import write_sample
from registry.domain.dataset import Dataset
from registry.domain.region import Region
from tests.database.editions import import_path
from tests.database.import_alone import start_import
from tests.database.querying import fetch
from tests.database.readers import Reader, poll, reading, walk

if TYPE_CHECKING:
    from pathlib import Path

    from registry.settings import Settings

REGIONS = {region.label: region for region in Region}


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A register that holds three editions; `seqs` is the newest number after each."""

    settings: Settings
    folders: dict[int, Path]
    summaries: dict[int, dict[str, Any]]
    seqs: dict[int, int]
    sample: tuple[int, int]
    poller: Reader
    walker: Reader

    def fetch(
        self, edition: int, columns: str, where: str = "true", group: str = ""
    ) -> list[tuple[Any, ...]]:
        """Ask for addresses, region first, as they were after an edition."""
        seq = self.seqs[edition]
        return fetch(
            self.settings,
            f"select region, {columns} from best.address_version"
            f" where seq_from <= {seq} and (seq_to is null or seq_to > {seq})"
            f" and ({where}) {group}",
        )

    def expected_count(self, seq: int) -> int:
        """Return how many addresses there were at a number; the sample's are gone since."""
        if seq == self.sample[0]:
            return self.sample[1]
        ((count,),) = fetch(
            self.settings,
            "select count(*) from best.address_version"
            f" where seq_from <= {seq} and (seq_to is null or seq_to > {seq})",
        )
        return int(count)

    def read_truth(self, edition: int) -> dict[str, dict[str, Any]]:
        truth = json.loads((self.folders[edition] / "truth.json").read_text())
        return {REGIONS[label].value: facts for label, facts in truth["regions"].items()}


def make_history(settings: Settings, folders: dict[int, Path], sample: Path) -> History:
    """Load the sample, then publish the editions in a process of their own while readers read."""
    write_sample(sample)
    import_path(settings, sample, dataset=Dataset.SAMPLE)
    (held,) = fetch(
        settings,
        "select max(seq), sum(count) from best.total"
        " where resource = 'address' and dimension = 'region'",
    )
    stop = threading.Event()
    poller = Reader(settings, poll("bru", find_renumbered(folders[2])), stop)
    walker = Reader(settings, walk, stop)
    with reading([poller, walker]):
        process = start_import(settings, [f / "best-full-latest.zip" for f in folders.values()])
        told, _ = process.communicate(timeout=180)
    assert process.returncode == 0
    last = dict(fetch(settings, "select number, last_seq from best.release"))
    return History(
        settings=settings,
        folders=folders,
        summaries=dict(zip(folders, json.loads(told)["summaries"], strict=True)),
        seqs={edition: last[3 + 3 * edition] for edition in folders},
        sample=(int(held[0]), int(held[1])),
        poller=poller,
        walker=walker,
    )


def find_renumbered(folder: Path) -> str:
    """An address of Brussels that an edition renumbers."""
    rows = [line.split(",") for line in (folder / "mutations.csv").read_text().splitlines()]
    return next(row[2] for row in rows if row[:2] == ["renumbered", "Brussels"])
