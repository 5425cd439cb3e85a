"""Write kinds.toml into the database, which keeps to it: a new entry needs no migration."""

from links.domain.kinds import KINDS
from links.settings import LinksSettings
from links.store.connections import connect_as_owner


def write_kinds(settings: LinksSettings) -> None:
    """Bring table kind up to date; a kind that was taken out of the file stays."""
    statement = (
        "insert into links.kind (code, sector, subject_type, source, natural_person,"
        " retention_days, purposes) values (%s, %s, %s, %s, %s, %s, %s)"
        " on conflict (code) do update set"
        " source = excluded.source, natural_person = excluded.natural_person,"
        " retention_days = excluded.retention_days, purposes = excluded.purposes"
    )
    with connect_as_owner(settings) as connection:
        for kind in KINDS.values():
            connection.execute(
                statement,
                (
                    kind.code,
                    kind.sector,
                    kind.subject_type,
                    kind.source,
                    kind.natural_person,
                    kind.retention_days,
                    sorted(kind.purposes),
                ),
            )
