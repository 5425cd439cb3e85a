"""What the register holds, and the sample for one that holds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.file_locks import hold_lock
from deploy.progress import make_timed_progress, step
from deploy.search_index import make_search_index
from deploy.session import get_set_up_lock
from registry.domain.dataset import Dataset
from registry.domain.errors import RegistryError
from registry.domain.region import Region
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from registry.settings import Settings

_IN_SERVICE = """
    select distinct dataset, region from registry.release where withdrawn_at is null
"""


def list_datasets(settings: Settings) -> list[Dataset]:
    """The datasets of the releases in service: none, the sample, or open data."""
    return list({dataset for dataset, _ in _list_in_service(settings)})


def _list_in_service(settings: Settings) -> list[tuple[Dataset, Region]]:
    with connect(settings, Role.OWNER) as connection:
        rows = connection.execute(_IN_SERVICE).fetchall()
    return [(Dataset(dataset), Region(region)) for dataset, region in rows]


def is_sample_due(settings: Settings) -> bool:
    """Whether there is no real data, nor the whole sample: a first run may have been stopped."""
    held = _list_in_service(settings)
    return len(held) < len(Region) and all(dataset is Dataset.SAMPLE for dataset, _ in held)


def load_sample_if_due(settings: Settings) -> None:
    """Write the bundled sample and import it into a register that holds nothing else."""
    if not is_sample_due(settings):
        return
    with hold_lock(get_set_up_lock(settings.home)):  # of two first runs, one loads it
        if is_sample_due(settings):
            load_sample(settings)


def load_sample(settings: Settings) -> None:
    """Write the sample under BEST_HOME and import it as such."""
    # Loaded here and not above: a register that holds data must answer within a second.
    from importers.region_import import ImportOptions  # noqa: PLC0415
    from importers.run import run_import  # noqa: PLC0415
    from importers.sample.write import write_sample  # noqa: PLC0415

    path = settings.home / "sample" / "best-sample.zip"
    with step("Writing the sample"):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_sample(path)
    options = ImportOptions(dataset=Dataset.SAMPLE)
    progress = make_timed_progress()
    summary = run_import(settings, [str(path)], options, progress)
    if summary.failure is not None:
        raise RegistryError(f"The bundled sample was refused: {summary.failure}")
    make_search_index(settings, progress)
