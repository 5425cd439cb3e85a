from datetime import UTC, datetime, timedelta, timezone

from importers.sample.regions import FLANDERS, Kind, SampleRegion
from importers.sample.stable import choose, happens
from registry.exports.elements import Identifier

# Without March and October, so that the Belgian offset follows from the month.
MONTHS = (1, 2, 4, 5, 6, 7, 8, 9, 11, 12)


def identify(region: SampleRegion, kind: Kind, object_id: str) -> Identifier:
    """The identifier of an object of the sample, with its current version."""
    return Identifier(
        namespace=f"{region.namespace}{region.paths[kind]}{region.slash}",
        object_id=object_id,
        version=version_of(region, kind, object_id),
    )


def refer(region: SampleRegion, kind: Kind, object_id: str, by: str) -> Identifier:
    """The identifier as object `by` refers to it: quirk 8, one in thirty names an older version."""
    current = identify(region, kind, object_id)
    if not happens(33, "lag", region.name, kind, by):
        return current
    older = _older_version(region, kind, object_id, current.version)
    return Identifier(namespace=current.namespace, object_id=object_id, version=older)


def version_of(region: SampleRegion, kind: Kind, object_id: str) -> str:
    """Flanders a timestamp with the Belgian offset, the others a small integer."""
    if region is FLANDERS:
        return _belgian(changed_at(region, kind, object_id), (kind, object_id))
    return str(2 + choose(221 if happens(20, "high", kind, object_id) else 8, kind, object_id))


def created_at(region: SampleRegion, kind: Kind, object_id: str) -> datetime:
    """When the object came into its register, before any change; UTC."""
    key = (region.name, kind, object_id)
    return _moment(2000 + choose(14, "created", *key), "created", *key)


def changed_at(region: SampleRegion, kind: Kind, object_id: str) -> datetime:
    """When its current version began; UTC."""
    key = (region.name, kind, object_id)
    return _moment(2014 + choose(12, "changed", *key), "changed", *key)


def zulu(moment: datetime) -> str:
    """The moment as BeSt XML prints UTC: 2024-04-04T16:44:32Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _older_version(region: SampleRegion, kind: Kind, object_id: str, version: str) -> str:
    if region is FLANDERS:
        return _belgian(created_at(region, kind, object_id), (kind, object_id))
    return str(int(version) - 1)


def _belgian(moment: datetime, key: tuple[str, str]) -> str:
    """The moment in Belgian time; here and there in the two older spellings of Flanders."""
    summer = MONTHS[2] <= moment.month <= MONTHS[7]
    local = moment.astimezone(timezone(timedelta(hours=2 if summer else 1)))
    if happens(20, "no offset", *key):
        return local.replace(tzinfo=None).isoformat()
    if happens(20, "milliseconds", *key):
        fraction = timedelta(milliseconds=1 + choose(999, "fraction", *key))
        return (local + fraction).isoformat(timespec="milliseconds")
    return local.isoformat()


def _moment(year: int, *key: str) -> datetime:
    month = MONTHS[choose(len(MONTHS), "month", *key)]
    second = choose(12 * 3600, "second", *key)
    start = datetime(year, month, 1 + choose(28, "day", *key), 6, tzinfo=UTC)
    return start + timedelta(seconds=second)
