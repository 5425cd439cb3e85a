"""How good a region and its municipalities are: the share of objects that nothing is wrong with."""

from psycopg import Connection

from registry.domain.region import Region
from registry.quality.rules import list_rules
from registry.quality.statements import read_statement


def fetch_newest_number(connection: Connection, region: Region) -> int:
    """Return the newest sequence number of a region's own releases; 0 before its first."""
    row = connection.execute(read_statement("fetch_newest_number"), {"region": region}).fetchone()
    assert row is not None  # noqa: S101 - an aggregate has one row
    return int(row[0])


def write_scores(connection: Connection, region: Region) -> None:
    """Count a region anew as of its newest release; write the scores that are not as they were."""
    seq = fetch_newest_number(connection, region)
    if not seq:
        return  # nothing was published: nothing is good or bad
    rules = list_rules()
    connection.execute(
        read_statement("write_scores"),
        {
            "region": region,
            "rules": [rule.id for rule in rules],
            "severities": [str(rule.severity) for rule in rules],
            "seq": seq,
        },
    )
