"""The form of the page: a street, perhaps a number, and a place by name or code."""

import re
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from api.exchange import Exchange, Resumed
from api.links import API_ROOT, make_collection_href
from api.problems import Problem
from api.v1.address_answers import list_rows, make_documents
from api.v1.address_questions import read_question
from api.v1.parameters import AddressListParameters
from registry.domain.resource import Resource
from registry.normalization.text import fold
from registry.store.reading.named_objects import NamedFilter, NamePattern, list_named_objects
from registry.store.reading.pool import Connection

MOST_SHOWN = 25
_STREET_AND_NUMBER = re.compile(r"(.*\D)[\s,]+(\d\S*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was typed."""

    street: str = ""
    number: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What to show: documents, or which sentence instead."""

    documents: tuple[dict[str, Any], ...] = ()
    has_more: bool = False
    href: str = ""
    message: str = ""


async def search(exchange: Exchange, asked: Asked) -> Found | None:
    """Return what was found, None when nothing was asked."""
    if not asked.street:
        return None
    async with exchange.services.pool.connection() as connection:
        place = await find_place(connection, asked.place, seq=exchange.seq)
        if place is None:
            return Found(message="no_place")
        for name, number in list_readings(asked):
            given = {"streetName": name, "houseNumber": number, **place}
            found = await _list(connection, exchange, given)
            if found.documents or found.message:
                return found
    return Found(message="none")


def list_readings(asked: Asked) -> list[tuple[str, str]]:
    """Return the street names and numbers that may be meant, the likeliest first.

    The whole name comes before its beginning: "Rue Haute" is not asked for to see "Rue Haute
    Voie". A number typed behind the street is tried last, for streets end in numbers too.
    """
    readings = [(asked.street, asked.number), (f"{asked.street}*", asked.number)]
    typed_together = _STREET_AND_NUMBER.fullmatch(asked.street)
    if typed_together and not asked.number:
        readings.append((typed_together[1], typed_together[2]))
    return readings


async def find_place(connection: Connection, text: str, *, seq: int) -> dict[str, str] | None:
    """Return the condition that a place means, None when there is no such place."""
    if not text:
        return {}
    if text.isascii() and text.isdigit() and len(text) in {4, 5}:
        return {"postCode" if len(text) == 4 else "municipalityCode": text}
    named = NamedFilter(name=NamePattern(text=fold(text)))
    for resource, parameter in (
        (Resource.MUNICIPALITY, "municipalityCode"),
        (Resource.POSTAL_INFO, "postCode"),
    ):
        rows = await list_named_objects(connection, resource, named, seq=seq, limit=1)
        if rows:
            return {parameter: rows[0]["object_id"]}
    return None


async def _list(connection: Connection, exchange: Exchange, given: dict[str, str]) -> Found:
    given = {name: value for name, value in given.items() if value}
    try:
        parameters = AddressListParameters.model_validate(given)
        question = read_question(parameters, exchange)
        resumed = Resumed(exchange=exchange, key=None)
        rows = await list_rows(connection, question, resumed, limit=MOST_SHOWN + 1)
    except ValidationError:
        return Found(message="none")
    except Problem:
        return Found(message="too_many")
    path = f"{API_ROOT}/{Resource.ADDRESS.plural}"
    return Found(
        documents=tuple(make_documents(rows[:MOST_SHOWN], exchange, None)),
        has_more=len(rows) > MOST_SHOWN,
        href=make_collection_href(exchange.services.base_url, path, given.items()),
    )
