"""How good a region and its municipalities are: the share of objects that nothing is wrong with."""

from psycopg import Connection

from registry.domain.region import Region
from registry.quality.rules import list_rules
from registry.quality.statements import read_statement
from registry.store.statements import read_statement as read_store_statement


def fetch_newest_number(connection: Connection) -> int:
    """Return the newest sequence number of the register; 0 when it is empty."""
    row = connection.execute(read_store_statement("fetch_register_state")).fetchone()
    assert row is not None  # noqa: S101 - an aggregate has one row
    return int(row[0])


def write_scores(connection: Connection, region: Region) -> None:
    """Count a region anew as of the newest number; write the scores that are not as they were."""
    rules = list_rules()
    connection.execute(
        read_statement("write_scores"),
        {
            "region": region,
            "rules": [rule.id for rule in rules],
            "severities": [str(rule.severity) for rule in rules],
            "seq": fetch_newest_number(connection),
        },
    )
