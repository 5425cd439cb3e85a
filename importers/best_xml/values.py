"""Single values of BeSt XML: moments, identifiers, positions, names. Pure."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from lxml import etree

_BELGIUM = ZoneInfo("Europe/Brussels")
_MOST_TAGS = 10_000
_EPSG = re.compile(r"epsg.*?(?<!\d)(\d{4,6})$", re.IGNORECASE)


class InvalidValue(ValueError):
    """A value that cannot be read; the row is rejected with this text."""


class _LocalNames(dict[str, str]):
    """Tag to lower-case local name, remembered: tags are few, elements are millions."""

    def __missing__(self, tag: str) -> str:
        if len(self) > _MOST_TAGS:  # not of this format: no reason to fill the memory
            self.clear()
        name = self[tag] = tag.rpartition("}")[2].lower()
        return name


_LOCAL_NAMES = _LocalNames()


def list_children(element: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """Yield the child elements with their lower-case local names."""
    for child in element:
        yield _LOCAL_NAMES[child.tag], child


def get_name(element: etree._Element) -> str:
    """Return the element's name as the file writes it, without namespace."""
    return str(element.tag).rpartition("}")[2]


def read_text(element: etree._Element) -> str | None:
    """Return the element's text without outer space, None when empty."""
    text = element.text
    return (text.strip() or None) if text else None


@lru_cache(maxsize=65536)
def read_moment(text: str) -> datetime:
    """Return a moment in UTC; a text without offset is Belgian time (old Flemish versions)."""
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=_BELGIUM)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError) as error:  # the latter: year 1, some systems' "never"
        raise InvalidValue(f"{text!r} is no date or time") from error


@lru_cache(maxsize=256)
def read_epsg(srs_name: str) -> int | None:
    """Return the EPSG code of an srsName in any of its spellings, None when there is none."""
    match = _EPSG.search(srs_name.strip())
    return int(match[1]) if match else None


def read_boolean(text: str | None) -> bool | None:
    """Return true or false as XML Schema spells them, None when empty."""
    if text is None:
        return None
    if text in {"true", "1"}:
        return True
    if text in {"false", "0"}:
        return False
    raise InvalidValue(f"{text!r} is neither true nor false")


def read_identifier(element: etree._Element) -> tuple[str | None, str | None, str | None]:
    """Return namespace, object identifier and version identifier of a code or reference.

    The old schema has one more element in between (`hasStreetname/Streetname`).
    """
    namespace = object_id = version_id = None
    for name, child in list_children(element):
        if name == "objectidentifier":
            object_id = read_text(child)
        elif name == "namespace":
            namespace = read_text(child)
        elif name == "versionidentifier":
            version_id = read_text(child)
        elif len(child):
            return read_identifier(child)
    return namespace, object_id, version_id


def read_name(element: etree._Element) -> tuple[str | None, str | None]:
    """Return language and spelling of a name; either may be missing (empty elements occur)."""
    language = spelling = None
    for name, child in list_children(element):
        if name == "language":
            language = read_text(child)
        elif name == "spelling":
            spelling = read_text(child)
        elif len(child):
            return read_name(child)
    return language, spelling


def find_point(element: etree._Element) -> tuple[str | None, str | None]:
    """Return the text of `pos` below a geometry and the srsName that holds for it."""
    srs_name = element.get("srsName")
    if _LOCAL_NAMES[element.tag] == "pos":
        return read_text(element), srs_name
    for child in element:
        text, inner = find_point(child)
        if text is not None or inner is not None:
            return text, inner or srs_name
    return None, srs_name
