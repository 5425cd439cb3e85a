"""The row of a release, and what is counted and proven with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from psycopg import Connection
from psycopg.types.json import Jsonb

from geo.pipelines import DatumShift
from registry.domain.edition import Counts, ReleaseNote
from registry.domain.resource import Resource
from registry.publication.proof import prove_release
from registry.store.statements import compose, compose_first_load, read_statement

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRelease:
    """A release whose versions are written; `is_first_load`: addresses are not attached yet."""

    note: ReleaseNote
    dataset: str
    counts: Mapping[Resource, Counts]
    shift: DatumShift
    undoes: int | None = None
    is_first_load: bool = False


def write_release(connection: Connection, release: NewRelease, *, progress: Progress) -> bytes:
    """Write the release with its totals and digests, tell who listens; return its root."""
    note = release.note
    progress(f"{note.region.label}: counting")
    count_totals(connection, note, is_first_load=release.is_first_load)
    progress(f"{note.region.label}: proving")
    root = prove_release(connection, note, is_first_load=release.is_first_load)
    # Last: it says when it was published, and readers see it with the commit.
    parameters = {
        "number": note.number,
        "region": note.region,
        "dataset": release.dataset,
        "first_seq": note.first_seq,
        "last_seq": note.last_seq,
        "published_at": None,
        "counts": Jsonb({kind.plural: count.to_json() for kind, count in release.counts.items()}),
        "datum_shift": release.shift.name,
        "accuracy_metres": release.shift.accuracy_metres,
        "root": root,
        "undoes": release.undoes,
    }
    connection.execute(read_statement("insert_release"), parameters)
    connection.execute("notify best_release")
    return root


def count_totals(connection: Connection, note: ReleaseNote, *, is_first_load: bool) -> None:
    """Count anew what is current in the release's region."""
    parameters = {"region": note.region, "seq": note.last_seq}
    connection.execute(read_statement("delete_totals"), parameters)
    statement = compose("insert_totals", Resource.ADDRESS)
    if is_first_load:
        statement = compose_first_load("insert_totals", note.region, note.number)
    connection.execute(statement, parameters)
