"""Files of mutations: they change what is there, and tell nothing of the rest."""

from psycopg import Connection

from registry.domain.edition import Edition, Permissions
from registry.domain.errors import InputRefused
from registry.domain.resource import Resource
from registry.publication.judgement import find_last_source
from registry.store.statements import compose


def guard_base(connection: Connection, edition: Edition) -> None:
    """Refuse mutations of a kind that the register has no full file of."""
    for resource, file in edition.files.items():
        tells = file.seen or file.deletions
        if tells and find_last_source(connection, edition, resource, complete=True) is None:
            raise InputRefused(
                f"{edition.region.label}: mutations of {resource.plural}, and the register has no"
                " full file of them to begin with. Import that first."
            )


def settle_lists(
    connection: Connection, edition: Edition, resource: Resource, permissions: Permissions
) -> None:
    """Tell updates from deletions, and leave out what is older than what is current.

    Both what is older and a deletion of what is not there are findings.
    """
    parameters = {"region": edition.region, "resource": resource}
    connection.execute(compose("delete_updates", resource), parameters)
    connection.execute(compose("find_unknown_deletions", resource), parameters)
    if not permissions.allow_older:
        connection.execute(compose("delete_older_versions", resource), parameters)
