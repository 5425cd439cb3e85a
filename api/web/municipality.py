"""What is wrong, reported and changed in one municipality, as its page, files and feed tell it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from api.exchange import Exchange
from api.links import API_ROOT, make_collection_href, make_href, make_id
from api.problems import Issue, Problem, make_bad_request
from api.v1.identifiers import parse_path_id
from api.v1.moments import read_moment
from api.v1.names import choose_one, read_names, write_address
from api.v1.parameters import Language, Parameters
from api.v1.positions import make_positions_at
from api.v1.reports import make_report_href
from api.v1.successions import fetch_absence
from registry.clock import utc_now
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.quality.rules import find_rule
from registry.store.reading.municipality import ObjectName, Period, fetch_labels
from registry.store.reading.named_objects import NamedFilter, list_named_objects
from registry.store.reading.pool import Connection, Row
from registry.store.reading.register_state import RegisterState

MOST_LOOKED_THROUGH = 200_000
"""Changes of a region: what a database reads through in a tenth of a second."""

_DEFAULT_PERIOD = timedelta(days=30)
_LANGUAGES = ("nl", "fr", "de", "en")

Line = dict[str, Any]
"""One thing to show: `updated` when, `where` it is, `href` and what else there is to say."""


class MunicipalityParameters(Parameters):
    """In which language, and since when changes count."""

    lang: Language | None = None
    since: Annotated[str | None, Field(max_length=40)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A municipality that is shown, and in which language."""

    code: str
    region: Region
    names: Mapping[str, str]
    exchange: Exchange

    @property
    def language(self) -> str:
        """The language of the page."""
        return choose_language(self.exchange)

    @property
    def name(self) -> str:
        """Its name in that language, else as its region writes it."""
        return choose_one(dict(self.names), (self.language,), self.region) or self.code

    def make_href(self, rest: str = "", **parameters: str) -> str:
        """Return where its page is, or what stands below it."""
        base_url = self.exchange.services.base_url
        path = f"/municipalities/{self.code}{rest}"
        return make_collection_href(base_url, path, parameters.items())


def choose_language(exchange: Exchange) -> str:
    """Return the language of a page: of those there are the one the reader likes best."""
    return exchange.languages[0] if exchange.languages else "en"


async def find_subject(connection: Connection, exchange: Exchange, text: str) -> Subject:
    """Return the municipality of a NIS code; the problem of one that is not, or is gone."""
    sought = parse_path_id(text, Resource.MUNICIPALITY)
    condition = NamedFilter(object_ids=(sought.object_id,))
    found = await list_named_objects(
        connection, Resource.MUNICIPALITY, condition, seq=exchange.seq, limit=1
    )
    if not found:
        raise await fetch_absence(
            connection, exchange, Resource.MUNICIPALITY, sought, text, has_left=False
        )
    return Subject(
        code=sought.object_id,
        region=Region(found[0]["region"]),
        names=read_names(found[0], "name"),
        exchange=exchange,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """Since which day changes are shown; `is_cut` when not all of them are looked through."""

    day: str
    period: Period
    is_cut: bool


def read_since(subject: Subject, text: str | None) -> Since:
    """Return the period that is asked for; what a region began with is no change."""
    exchange, now = subject.exchange, utc_now()
    moment = now - _DEFAULT_PERIOD if text is None else _read_moment(text, now)
    state = exchange.state
    release, first = state.find_release_at(moment), state.first_releases.get(subject.region)
    newest = [r.last_seq for r in state.releases if r.region is subject.region][-1:]
    until = min([exchange.seq, *newest])
    begin = max(
        release.last_seq if release else 0, first.last_seq if first else 0, state.oldest_seq
    )
    after = max(begin, until - MOST_LOOKED_THROUGH)
    return Since(
        day=moment.date().isoformat() if text is None else text,
        period=Period(
            municipality_id=subject.code,
            region=subject.region,
            after=after,
            until=until,
            undone=_find_undone(state, subject.region, after),
        ),
        is_cut=after > begin,
    )


def _find_undone(state: RegisterState, region: Region, after: int) -> tuple[tuple[int, int], ...]:
    """Return what was published and rolled back since `after`: together it changed nothing."""
    releases = [release for release in state.releases if release.region is region]
    begins, undone, low = {r.number: r.first_seq for r in releases}, [], math.inf
    for release in reversed(releases):
        # A roll-back that was rolled back itself undid nothing.
        if release.undoes is None or release.number >= low:
            continue
        low = release.undoes
        if (first := begins.get(release.undoes, 0)) > after:
            undone.append((first, release.last_seq))
    return tuple(undone)


def _read_moment(text: str, now: datetime) -> datetime:
    try:
        moment = read_moment(text)
    except (ValueError, OverflowError):
        raise _refuse(
            "invalidInput", "since is a date (2026-10-31) or a date-time with its offset.", text
        ) from None
    if moment > now:
        raise _refuse("outOfRange", "since is in the future.", text)
    return moment


def _refuse(kind: str, detail: str, text: str) -> Problem:
    return make_bad_request([Issue(name="since", kind=kind, detail=detail, value=text)])


async def show_findings(
    connection: Connection, subject: Subject, rows: Sequence[Row]
) -> list[Line]:
    """Return findings with their rule in the language of the page."""
    where = await _Places.fetch(connection, subject, [_name(row) for row in rows])
    return [_show_finding(row, subject) | where.show(_name(row)) for row in rows]


def _show_finding(row: Row, subject: Subject) -> Line:
    exchange, rule = subject.exchange, find_rule(row["rule"])
    release = exchange.state.find_release(row["seq_from"])
    text = rule and rule.texts[subject.language]
    return {
        "id": row["id"],
        "href": f"{exchange.services.base_url}{API_ROOT}/quality/findings/{row['id']}",
        "rule": row["rule"],
        "severity": rule.severity.value if rule else "remark",
        "title": text.title if text else row["rule"],
        "explanation": text.explanation if text else "",
        "mending": text.mending if text else "",
        "detail": row["detail"],
        "count": row["count"],
        "updated": release and release.published_at,
    }


async def show_changes(connection: Connection, subject: Subject, rows: Sequence[Row]) -> list[Line]:
    """Return changes with what their objects are called."""
    where = await _Places.fetch(connection, subject, [_name(row) for row in rows])
    state, base_url = subject.exchange.state, subject.exchange.services.base_url
    path = f"{API_ROOT}/changes"
    return [
        {
            "seq": row["seq"],
            "href": make_collection_href(
                base_url, path, [("after", str(row["seq"] - 1)), ("limit", "1")]
            ),
            "change": row["change"],
            "updated": release and release.published_at,
            **where.show(_name(row)),
        }
        for row in rows
        for release in [state.find_release(row["seq"])]
    ]


async def show_reports(connection: Connection, subject: Subject, rows: Sequence[Row]) -> list[Line]:
    """Return reports with where they are: an address, or latitude and longitude."""
    names = [_name_reported(row) for row in rows]
    where = await _Places.fetch(connection, subject, [name for name in names if name])
    base_url = subject.exchange.services.base_url
    return [
        {
            "id": row["id"],
            "href": make_report_href(base_url, row["id"]),
            "kind": row["kind"],
            "state": row["state"],
            "reason": row["reason"],
            "release": row["release_number"],
            "created": row["created_at"],
            "updated": row["state_at"],
            **(where.show(name) if name else _show_point(row, subject)),
        }
        for row, name in zip(rows, names, strict=True)
    ]


def _show_point(row: Row, subject: Subject) -> Line:
    if row["x"] is None:
        return {"where": "", "resource": "", "object": "", "object_href": None}
    grid = subject.exchange.services.settings.proj_grid
    (position,) = make_positions_at([(row["x"], row["y"])], grid, None)
    point = f"{position['wgs84']['lat']}, {position['wgs84']['lon']}"
    return {"where": point, "resource": "", "object": "", "object_href": None}


def _name(row: Row) -> ObjectName:
    return row["resource"], row["region"], row["object_id"]


def _name_reported(row: Row) -> ObjectName | None:
    known = row["address_id"] is not None
    return (Resource.ADDRESS.value, row["region"], row["address_id"]) if known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """What objects of a municipality are called, and where they are in the API."""

    subject: Subject
    labels: Mapping[ObjectName, Row]

    @classmethod
    async def fetch(
        cls, connection: Connection, subject: Subject, names: Iterable[ObjectName]
    ) -> "_Places":
        """Look up what objects are called."""
        labels = await fetch_labels(connection, names, seq=subject.exchange.seq)
        return cls(subject=subject, labels=labels)

    def show(self, name: ObjectName) -> Line:
        """Return what an object is called and where it is."""
        resource, region, object_id = Resource(name[0]), name[1], name[2]
        base_url = self.subject.exchange.services.base_url
        public_id = make_id(resource, region, object_id) if object_id else ""
        return {
            "where": self._label(name) or public_id,
            "resource": resource.value,
            "object": public_id,
            "object_href": make_href(base_url, resource, public_id) if public_id else None,
        }

    def _label(self, name: ObjectName) -> str | None:
        row, languages, region = self.labels[name], (self.subject.language,), Region(name[1])
        if row["house_number"] is not None:
            names = {f"municipality_{code}": self.subject.names.get(code) for code in _LANGUAGES}
            parts = {f"part_{code}": None for code in _LANGUAGES}
            written = write_address({**row, **names, **parts})
            return choose_one({k: text["line"] for k, text in written.items()}, languages, region)
        if name[0] == Resource.MUNICIPALITY and name[2] == self.subject.code:
            return self.subject.name
        return choose_one(read_names(row, "street"), languages, region)
