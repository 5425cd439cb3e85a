"""Moments: `validOn` in the world, `knownOn` or `release` in what the register had recorded."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from api.exchange import Exchange
from api.links import make_collection_href
from api.problems import Issue, make_bad_request, make_history_gone
from api.v1.parameters import MOMENT, MomentParameters
from registry.clock import utc_now
from registry.domain.region import Region
from registry.store.reading.register_state import RegisterState
from registry.store.reading.statements import ValidOn

_NAMES = {"valid_on": "validOn", "known_on": "knownOn", "release": "release"}
_BELGIUM = ZoneInfo("Europe/Brussels")


async def travel(exchange: Exchange, parameters: MomentParameters) -> Exchange:
    """Return the exchange at the moments that are asked for, itself when none is.

    400 when they cannot be, 410 when the register has let go of that history.
    """
    if parameters.model_fields_set.isdisjoint(_NAMES):
        return exchange
    exchange = await _hear_of(exchange, parameters.release)
    state = exchange.state
    latest = max(utc_now(), *(release.published_at for release in state.releases[-1:]))
    if issues := [*_find_issues(parameters, state, latest)]:
        raise make_bad_request(issues)
    seq = _find_seq(parameters, state)
    valid_on = _read_valid_on(parameters, state)
    oldest = _find_oldest_moment(state)
    if seq < state.oldest_seq or (oldest and valid_on and valid_on.moment < oldest):
        problem = make_history_gone(state.oldest_seq, exchange.services.base_url)
        problem.members = {**problem.members, "oldestMoment": oldest}
        raise problem
    return replace(exchange, seq=seq, valid_on=valid_on)


def _is_told(state: RegisterState, number: int) -> bool:
    return number <= max((release.number for release in state.releases[-1:]), default=0)


async def _hear_of(exchange: Exchange, number: int | None) -> Exchange:
    if number is None or _is_told(exchange.state, number):
        return exchange
    # Another worker may have heard of the release first.
    state = await exchange.services.watcher.hear_news(lambda state: _is_told(state, number))
    return replace(exchange, state=state, seq=state.seq)


def _find_issues(
    parameters: MomentParameters, state: RegisterState, latest: datetime
) -> Iterator[Issue]:
    for name, text in (("validOn", parameters.valid_on), ("knownOn", parameters.known_on)):
        if text is not None:
            yield from _find_moment_issues(name, text, latest)
    if parameters.release is None:
        return
    if parameters.known_on is not None:
        yield Issue(
            name="release",
            kind="zeroOrExactlyOneOfExpected",
            detail="Give release or knownOn: either says what the register knew.",
        )
    if state.find_release_by_number(parameters.release) is None:
        detail = "There is no such release. /v1/releases lists those there are."
        yield Issue(name="release", kind="outOfRange", detail=detail, value=parameters.release)


def _find_moment_issues(name: str, text: str, latest: datetime) -> Iterator[Issue]:
    try:
        moment = read_moment(text)
    except (ValueError, OverflowError):
        detail = (
            f"{name} is a date (2024-05-31: its beginning in Belgium) or a date-time with its"
            " offset (2024-05-31T12:00:00Z; the plus of an offset is written %2B)."
        )
        yield Issue(name=name, kind="invalidInput", detail=detail, value=text)
        return
    if moment > latest:
        detail = f"{name} is in the future, of which the register knows nothing."
        yield Issue(name=name, kind="outOfRange", detail=detail, value=text)


def read_moment(text: str) -> datetime:
    """Return the moment that a text of RFC 3339 means, in UTC; ValueError, OverflowError if none.

    A date is the beginning of that day in Belgium.
    """
    if not re.fullmatch(MOMENT, text, flags=re.ASCII):
        raise ValueError(text)
    if len(text) == len("2024-05-31"):
        moment = datetime.combine(date.fromisoformat(text), time.min, tzinfo=_BELGIUM)
    else:
        moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC)


def _find_seq(parameters: MomentParameters, state: RegisterState) -> int:
    if parameters.release is not None:
        release = state.find_release_by_number(parameters.release)
    elif parameters.known_on is not None:
        release = state.find_release_at(read_moment(parameters.known_on))
    else:
        return state.seq
    return release.last_seq if release else 0


def _read_valid_on(parameters: MomentParameters, state: RegisterState) -> ValidOn | None:
    if parameters.valid_on is None:
        return None
    moment = read_moment(parameters.valid_on)
    begun = {region: state.find_history_from(region) for region in Region}
    undated = tuple(region for region, first in begun.items() if first and moment < first)
    return ValidOn(moment=moment, undated=undated)


def _find_oldest_moment(state: RegisterState) -> datetime | None:
    """Return since when nothing is missing; None when nothing was let go of.

    What was let go of had been superseded by the release with the oldest number, or before.
    """
    if not state.oldest_seq or not state.releases:
        return None
    kept = [r.published_at for r in state.releases if r.last_seq <= state.oldest_seq]
    return kept[-1] if kept else state.releases[0].published_at


def find_beginnings(exchange: Exchange, regions: Iterable[Region]) -> dict[str, datetime]:
    """Return where the history begins of those regions that are asked about before that."""
    if exchange.valid_on is None and exchange.seq == exchange.state.seq:
        return {}
    undated = () if exchange.valid_on is None else exchange.valid_on.undated
    beginnings: dict[str, datetime] = {}
    for region in sorted(set(regions)):
        first = exchange.state.first_releases.get(region)
        begun = exchange.state.find_history_from(region)
        if first and begun and (exchange.seq < first.first_seq or region in undated):
            beginnings[region.iso_code] = begun
    return beginnings


def find_beginning(exchange: Exchange, regions: Iterable[Region]) -> dict[str, datetime]:
    """Return the member `historyFrom` of a document or problem, if it is to have one."""
    beginnings = find_beginnings(exchange, regions)
    return {"historyFrom": min(beginnings.values())} if beginnings else {}


def make_document_self(exchange: Exchange, href: str) -> str:
    """Return where a document is, at the moments that it was asked for."""
    given = exchange.request.query_params if exchange.request.scope["query_string"] else {}
    moments = [(name, given[name]) for name in _NAMES.values() if name in given]
    return make_collection_href("", href, moments) if moments else href
