"""The statements about objects that have names, composed of the conditions that are given."""

from functools import cache

from psycopg import sql

from registry.domain.resource import Resource
from registry.store.reading.statements import (
    all_of,
    fill,
    make_dated,
    name_versions,
    read_statement,
    select_dated,
)

STATEMENTS = {
    Resource.MUNICIPALITY: "municipalities",
    Resource.PART_OF_MUNICIPALITY: "parts_of_municipalities",
    Resource.POSTAL_INFO: "postal_infos",
    Resource.STREET_NAME: "street_names",
}
NAMES_BY_ALIAS = {kind: {"v": "name"} for kind in Resource} | {
    Resource.STREET_NAME: {"v": "name", "m": "municipality"}
}

_FILTERS: dict[str, sql.SQL] = {
    "region": sql.SQL("v.region = %(region)s"),
    "regions": sql.SQL("v.region = any(%(regions)s::text[])"),
    "object_ids": sql.SQL("v.object_id = any(%(object_ids)s::text[])"),
    "keys": sql.SQL(
        "(v.region, v.object_id) in"
        " (select * from unnest(%(key_regions)s::text[], %(key_object_ids)s::text[]))"
    ),
    "statuses": sql.SQL("v.status = any(%(statuses)s::text[])"),
    "after": sql.SQL("(v.region, v.object_id) > (%(after_region)s, %(after_object_id)s)"),
}
_NAME_FILTERS: dict[str, sql.SQL] = {
    "name": sql.SQL("{key} = %(name)s"),
    "name_start": sql.SQL("{key} >= %(name_start)s and {key} < %(name_end)s"),
    "name_part": sql.SQL("{key} like %(name_part)s"),
    # A trigram index knows nothing of one or two letters, unless they are spread: 0l0a0a0n0.
    "name_pair": sql.SQL("regexp_replace({key}, '', '0', 'g') like %(name_pair)s"),
}
_LANGUAGES = dict.fromkeys(Resource, ("nl", "fr", "de")) | {
    Resource.MUNICIPALITY: ("nl", "fr", "de", "en")
}
_ADDRESSES = sql.SQL(
    "(v.region, v.object_id) in (select a.region, {reference} from best.address_version a"
    " where {condition} and {known_a})"
)
_BEGUN = {
    False: sql.SQL("v.seq_to <= %(seq)s"),
    # It counts no more, so it has ended by that moment if it had begun by then.
    True: sql.SQL("coalesce(v.valid_from <= %(valid_on)s, true)"),
}
_THROUGH_ADDRESSES = {
    "municipality_id": sql.SQL("a.municipality_id = %(municipality_id)s"),
    "postal_code": sql.SQL("a.postal_code = %(postal_code)s"),
}
_REFERENCES = {
    Resource.MUNICIPALITY: sql.SQL("a.municipality_id"),
    Resource.PART_OF_MUNICIPALITY: sql.SQL("a.part_id"),
    Resource.POSTAL_INFO: sql.SQL("a.postal_code"),
    Resource.STREET_NAME: sql.SQL("a.street_name_id"),
}
_OWN_CODES = {
    "municipality_id": {
        Resource.MUNICIPALITY: sql.SQL("v.object_id = %(municipality_id)s"),
        Resource.STREET_NAME: sql.SQL("v.municipality_id = %(municipality_id)s"),
    },
    "postal_code": {Resource.POSTAL_INFO: sql.SQL("v.object_id = %(postal_code)s")},
}
FILTER_NAMES = frozenset({*_FILTERS, *_NAME_FILTERS, "municipality_id", "postal_code"})
_WHERE_TO_START = frozenset({"region", "regions", "after"})


@cache
def compose_listing(
    statement: str, resource: Resource, names: frozenset[str], believed: bool
) -> bytes:
    """Return the statement of that name with its conditions, by their names."""
    return fill(
        read_statement(statement),
        believed=believed,
        kind=resource,
        filters=_choose_fragments(resource, names, believed),
        dated=select_dated(*(NAMES_BY_ALIAS[resource] if believed else ())),
    ).as_bytes(None)


@cache
def compose_by_part(names: frozenset[str], index_names: frozenset[str], believed: bool) -> bytes:
    """Return the statement that finds street names by a part of them."""
    resource = Resource.STREET_NAME
    return fill(
        read_statement("street_name_ids_by_part"),
        believed=believed,
        kind=resource,
        start=_choose_fragments(resource, names & _WHERE_TO_START, believed),
        filters=_choose_fragments(resource, names - _WHERE_TO_START, believed),
        index_filters=_choose_fragments(resource, index_names - _WHERE_TO_START, believed),
    ).as_bytes(None)


@cache
def compose_ended(resource: Resource, believed: bool) -> bytes:
    """Return the statement that finds whether an object counted once."""
    return fill(
        read_statement("ended_version"),
        believed=believed,
        versions=name_versions(resource),
        begun=_BEGUN[believed],
    ).as_bytes(None)


def _choose_fragments(resource: Resource, names: frozenset[str], believed: bool) -> sql.Composable:
    return all_of(tuple(_choose_fragment(resource, name, believed) for name in sorted(names)))


def _choose_fragment(resource: Resource, name: str, believed: bool) -> sql.Composable:
    if name in _THROUGH_ADDRESSES:
        own = _OWN_CODES[name].get(resource)
        if own is not None:
            return own
        reference, condition = _REFERENCES[resource], _THROUGH_ADDRESSES[name]
        return fill(_ADDRESSES, believed=believed, reference=reference, condition=condition)
    if name in _NAME_FILTERS:
        keys = (sql.Identifier("v", f"key_{language}") for language in _LANGUAGES[resource])
        either = sql.SQL(" or ").join(_NAME_FILTERS[name].format(key=key) for key in keys)
        found = sql.SQL("({either})").format(either=either)
        return all_of((found, make_dated("v"))) if believed else found
    return _FILTERS[name]
