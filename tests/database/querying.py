"""Questions that the tests of the register ask, and what must hold after every import."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row

from registry.domain.resource import Resource
from registry.store.connections import Role, connect
from tests.database.proving import compute_root

if TYPE_CHECKING:
    from psycopg import Connection

    from registry.settings import Settings

Row = tuple[Any, ...]


def fetch(settings: Settings, statement: str, *parameters: object) -> list[Row]:
    """Ask as the open API does, in the role of the reader."""
    with connect(settings, Role.READER) as connection:
        return connection.execute(statement, parameters).fetchall()  # type: ignore[arg-type]


def fetch_current(
    settings: Settings, resource: Resource = Resource.ADDRESS
) -> list[dict[str, Any]]:
    """Return every current version of a kind, without the columns that name the file."""
    with connect(settings, Role.READER) as connection:
        cursor = connection.cursor(row_factory=dict_row)
        rows = cursor.execute(
            f"select * from best.{resource}_version where seq_to is null order by region, object_id"
        ).fetchall()
    return [{k: v for k, v in row.items() if not k.startswith("source_")} for row in rows]


def fetch_changes(
    settings: Settings, resource: Resource = Resource.ADDRESS
) -> dict[str, list[str]]:
    """Return the words of each object's history, in order; `removed` where a version just ends."""
    rows = fetch(
        settings,
        f"select object_id, change, seq_from, seq_to from best.{resource}_version"
        " order by object_id, seq_from",
    )
    words: dict[str, list[str]] = {}
    for place, (object_id, change, _, seq_to) in enumerate(rows):
        words.setdefault(object_id, []).append(change)
        following = rows[place + 1] if place + 1 < len(rows) else None
        if seq_to and not (following and following[0] == object_id and following[2] == seq_to):
            words[object_id].append("removed")
    return words


def fetch_open_findings(settings: Settings) -> list[tuple[str, str, str, str]]:
    return fetch(
        settings,
        "select rule, resource, object_id, detail from best.finding where seq_to is null"
        " order by rule, resource, object_id, detail",
    )


def hash_tables(settings: Settings) -> dict[str, str]:
    """Return a digest of every table of the register, and of the list of tables."""
    with connect(settings, Role.OWNER) as connection:
        tables = [
            name
            for (name,) in connection.execute(
                "select c.relname from pg_class c where c.relnamespace = 'registry'::regnamespace"
                " and c.relkind in ('r', 'p') order by 1"
            )
        ]
        return {table: _hash_table(connection, table) for table in tables}


def _hash_table(connection: Connection, table: str) -> str:
    row = connection.execute(
        f"select md5(coalesce(string_agg(t::text, chr(10) order by t::text), ''))"  # type: ignore[arg-type]
        f" from registry.{table} t"
    ).fetchone()
    assert row is not None
    return str(row[0])


def assert_sound(settings: Settings) -> None:
    """Check the laws that hold in every register, whatever was imported into it."""
    with connect(settings, Role.OWNER) as connection:
        _check_releases_follow_each_other(connection)
        _check_every_number_is_one_change(connection)
        for resource in Resource:
            _check_versions_do_not_overlap(connection, resource)
            _check_identities(connection, resource)
            _check_sources(connection, resource)
            _check_totals(connection, resource)
            _check_removals(connection, resource)
        roots = _ask(connection, "select root from registry.release order by number desc limit 1")
    # A register of earlier software is proven by its next release.
    if roots and roots[0][0] is not None:
        assert bytes(roots[0][0]) == compute_root(settings)


def _ask(connection: Connection, statement: str) -> list[Row]:
    return connection.execute(statement).fetchall()  # type: ignore[arg-type]


def _check_releases_follow_each_other(connection: Connection) -> None:
    rows = _ask(
        connection, "select number, first_seq, last_seq from registry.release order by number"
    )
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    expected = 1
    for _, first, last in rows:
        assert first == expected
        assert last >= first
        expected = last + 1


def _check_every_number_is_one_change(connection: Connection) -> None:
    taken: Counter[int] = Counter()
    for resource in Resource:
        version = f"registry.{resource}_version"
        taken.update(n for (n,) in _ask(connection, f"select seq_from from {version}"))
        ended = _ask(
            connection,
            f"select v.seq_to from {version} v where v.seq_to is not null and not exists ("
            f" select from {version} n where n.region = v.region and n.object_id = v.object_id"
            " and n.seq_from = v.seq_to)",
        )
        taken.update(n for (n,) in ended)
    given: set[int] = set()
    for first, last in _ask(
        connection, "select first_seq, last_seq from registry.release where withdrawn_at is null"
    ):
        given.update(range(first, last + 1))
    assert set(taken) == given
    assert not [number for number, times in taken.items() if times > 1]


def _check_versions_do_not_overlap(connection: Connection, resource: Resource) -> None:
    overlapping = _ask(
        connection,
        f"""select * from (
            select object_id, seq_from, seq_to,
                   lead(seq_from) over (partition by region, object_id order by seq_from) as next
            from registry.{resource}_version
        ) v where seq_to <= seq_from or next < seq_to or (next is not null and seq_to is null)""",
    )
    assert overlapping == []


def _check_removals(connection: Connection, resource: Resource) -> None:
    strange = _ask(
        connection,
        f"""select v.object_id, v.seq_to, v.removed_at
        from registry.{resource}_version v
        where (v.removed_at is not null) <> (v.seq_to is not null and not exists (
            select from registry.{resource}_version n
            where n.region = v.region and n.object_id = v.object_id and n.seq_from = v.seq_to))""",
    )
    assert strange == []


def _check_identities(connection: Connection, resource: Resource) -> None:
    strange = _ask(
        connection,
        f"""select coalesce(i.object_id, v.object_id)
        from registry.{resource} i
        full join (
            select region, object_id, min(seq_from) as first
            from registry.{resource}_version group by region, object_id
        ) v on v.region = i.region and v.object_id = i.object_id
        where i.object_id is null or v.object_id is null or v.first <> i.seq_first""",
    )
    assert strange == []


def _check_sources(connection: Connection, resource: Resource) -> None:
    strange = _ask(
        connection,
        f"""select v.object_id, v.seq_from
        from registry.{resource}_version v
        left join registry.source s on s.id = v.source_id and s.region = v.region
             and s.resource = '{resource}'
        left join registry.release r on r.number = s.release_number
             and v.seq_from between r.first_seq and r.last_seq
        where r.number is null and not exists (
            select from registry.release back
            where back.undoes is not null and v.seq_from between back.first_seq and back.last_seq
        )""",
    )
    assert strange == []


def _check_totals(connection: Connection, resource: Resource) -> None:
    status = "status" if resource in {Resource.ADDRESS, Resource.STREET_NAME} else "null"
    counted = _ask(
        connection,
        f"select region, coalesce({status}, ''), count(*) from registry.{resource}_version"
        f" where seq_to is null group by 1, 2 order by 1, 2",
    )
    told = _ask(
        connection,
        "select region, status, count from registry.total"
        f" where resource = '{resource}' and dimension = 'region' and count > 0 order by 1, 2",
    )
    assert told == counted
