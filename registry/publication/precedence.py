"""What a file may say beside what others have told: richer families stand, gaps are no news."""

from dataclasses import dataclass

from psycopg import Connection

from registry.domain.edition import Edition
from registry.domain.resource import Resource
from registry.publication.carrying import carry_over
from registry.store.statements import compose, read_statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a file stands beside richer ones.

    `outlisted`: one of them has listed all there is, so that this file adds nothing.
    `outranked`: how many of its rows therefore do not count.
    """

    outlisted: bool = False
    outranked: int = 0


def settle(connection: Connection, edition: Edition, resource: Resource, last_seq: int) -> Standing:
    """Fill what the file's format cannot know from what is current; note differing names.

    Those that differ no more are closed as of `last_seq`.
    """
    knows = edition.files[resource].knows
    if knows is not None:
        carry_over(connection, edition, resource, knows)
    parameters = {
        "region": edition.region,
        "resource": resource,
        "dataset": edition.dataset,
        "rank": edition.family.rank,
        "family": edition.family.name,
        "last_seq": last_seq,
    }
    row = connection.execute(read_statement("find_outlisted"), parameters).fetchone()
    assert row is not None  # noqa: S101 - an aggregate has one row
    outlisted, outranked = row
    if not outranked:
        return Standing()
    if resource is not Resource.ADDRESS:
        connection.execute(compose("find_differing_names", resource), parameters)
        connection.execute(compose("close_agreed_names", resource), parameters)
    count = connection.execute(
        compose("count_outranked", resource), parameters | {"outlisted": outlisted}
    ).fetchone()
    return Standing(outlisted=outlisted, outranked=count[0] if count else 0)
