"""Differences as files of mutations, a zip of one for each region and kind of object.

The files are written in a thread by the driver's synchronous side: their writer pulls rows.
"""

import zipfile
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import chain, islice

import orjson
import psycopg
from psycopg.rows import dict_row
from starlette.responses import Response

from api.exchange import Exchange
from api.negotiation import MediaType
from api.v1.change_questions import ChangeQuestion
from api.v1.streams import Stream, run_in_thread, wait_for_place
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.exports.best_xml import CanonicalRecord, write_mutation_xml
from registry.store.connections import open_connection
from registry.store.reading.changes import make_statement
from registry.store.reading.register_state import RegisterState

_COST = 20
_ALL = 2**62
_SESSION = "set timezone = 'UTC'; set jit = off; set statement_timeout = '600s'"


async def answer_files(exchange: Exchange, question: ChangeQuestion) -> Response:
    """Answer all differences that are asked for, as files of mutations."""
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    exchange.charge(_COST)
    since, to = question.condition.between or (0, 0)
    await wait_for_place(exchange.services.whole_streams, exchange.client)
    return Stream(
        run_in_thread(_write_zip(exchange, question)),
        exchange.services.whole_streams,
        media_type=MediaType.ZIP.value,
        headers={
            **exchange.make_headers(),
            "Content-Disposition": f'attachment; filename="best-mutations-{since}-{to}.zip"',
        },
    )


def _write_zip(exchange: Exchange, question: ChangeQuestion) -> Generator[bytes, None, None]:
    sink = _Sink()
    conninfo = exchange.services.watcher.host.make_conninfo()  # where the state was read
    with (
        open_connection(conninfo, "best api") as connection,
        zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        connection.execute(_SESSION)
        for region in Region if question.region is None else (question.region,):
            for resource in question.condition.list_resources():
                of_kind = replace(question.condition, resource=resource)
                own = replace(question, region=region, condition=of_kind)
                with closing(
                    _write_file(connection, exchange.state, own, region, resource)
                ) as text:
                    if (first := next(text, None)) is None:
                        continue
                    with archive.open(_name_file(region, resource), "w") as file:
                        for chunk in chain([first], text):
                            file.write(chunk)
                            yield sink.take()
    yield sink.take()


def _name_file(region: Region, resource: Resource) -> str:
    return f"{region.label}{resource.replace('_', ' ').title().replace(' ', '')}Mutations.xml"


def _write_file(
    connection: psycopg.Connection,
    state: RegisterState,
    question: ChangeQuestion,
    region: Region,
    resource: Resource,
) -> Generator[bytes, None, None]:
    """Write the differences of one region and kind; nothing at all when there are none."""
    adds = _list_records(connection, state, question, "record")
    deletes = _list_records(connection, state, question, "previous")
    added = list(islice(adds, 1))
    deleted = list(islice(deletes, 1))
    if added or deleted:
        own = [r for r in state.releases if r.region is region and r.last_seq <= question.end]
        moment = own[-1].extracted_at or own[-1].published_at
        yield from write_mutation_xml(
            region, resource, chain(added, adds), chain(deleted, deletes), moment
        )


def _list_records(
    connection: psycopg.Connection, state: RegisterState, question: ChangeQuestion, member: str
) -> Iterator[CanonicalRecord]:
    """Yield what is to be had from now on (`record`), or not to be had any more (`previous`)."""
    for after, until in question.list_ranges(state, question.end):
        statement, parameters = make_statement(
            question.condition, after=after, until=until, limit=_ALL
        )
        # The server's: one of the driver's own holds the connection fast when a reader hangs up.
        with connection.cursor(member, row_factory=dict_row) as cursor:
            for row in cursor.execute(statement, parameters):
                if row[member] is not None:
                    yield orjson.loads(row[member])


@dataclass(slots=True)
class _Sink:
    """What was written to it since it was last asked."""

    _pieces: list[bytes] = field(default_factory=list)

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Do nothing: it is in memory."""

    def close(self) -> None:
        """Do nothing: likewise."""

    def take(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
