"""XML that is broken, in other encodings, or meant to harm; each made from good addresses."""

from __future__ import annotations

import random
import string
from typing import TYPE_CHECKING

from tests.hostile.senders import ADDRESSES, make_brussels

if TYPE_CHECKING:
    from collections.abc import Iterator

RANDOM = random.Random(1)  # noqa: S311 - no secret
XML = make_brussels()[ADDRESSES]
ROOT_OPENS = XML.index("<tns:addressResponse")
FIRST = XML.index("<tns:address ")
MIDDLE = XML.index("<tns:address ", len(XML) // 2)
HOUSE_NUMBER = XML.index("<com:houseNumber>", MIDDLE) + len("<com:houseNumber>")


def put(text: str, place: int, after: int = 0) -> bytes:
    """Return the addresses with a text at a place, instead of the `after` characters there."""
    return (XML[:place] + text + XML[place + after :]).encode()


def with_type(declaration: str, use: str) -> bytes:
    """A document type before the root, and something that uses it in a house number."""
    text = XML[:HOUSE_NUMBER] + use + XML[HOUSE_NUMBER:]
    return (text[:ROOT_OPENS] + declaration + text[ROOT_OPENS:]).encode()


def billion_laughs() -> bytes:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return with_type(f'<!DOCTYPE x [<!ENTITY l0 "lol">{laughs}]>', "&l9;")


def external_entity() -> bytes:
    return with_type('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', "&e;")


def external_type() -> bytes:
    return with_type('<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">', "")


def type_between_records() -> bytes:
    return put('<!DOCTYPE x [<!ENTITY e "1">]>', MIDDLE)


def undeclared_entity() -> bytes:
    return put("&e;", HOUSE_NUMBER)


def inclusion() -> bytes:
    return put(
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text"'
        ' href="file:///etc/passwd"/>',
        MIDDLE,
    )


def wrong_root() -> bytes:
    return b'<?xml version="1.0"?>\n<gpx><trk>1</trk></gpx>\n'


def root_of_another_kind() -> bytes:
    return (
        XML.replace("addressResponseBySource", "streetNameResponseBySource")
        .replace("tns:address", "tns:streetName")
        .encode()
    )


def another_region() -> bytes:
    return XML.replace(">brussels<", ">wallonia<").encode()


def utf_16() -> bytes:
    return XML.replace("utf-8", "utf-16").encode("utf-16")


def utf_16_undeclared() -> bytes:
    """Longer than a megabyte, so that the head alone does not tell."""
    return (XML[:FIRST] + " " * (1 << 20) + XML[FIRST:]).encode("utf-16-le")


def utf_7() -> bytes:
    return put("+AOk-", HOUSE_NUMBER).replace(b"utf-8", b"utf-7")


def latin_1_called_utf_8() -> bytes:
    return put("é", HOUSE_NUMBER).decode().encode("latin-1")


def unknown_encoding() -> bytes:
    return XML.replace("utf-8", "klingon").encode()


def zeros() -> bytes:
    return put("1\0", HOUSE_NUMBER)


def only_zeros() -> bytes:
    return bytes(3_000_000)


def zeros_at_the_end() -> bytes:
    """As a file looks after a crash: the right length, the last blocks never written."""
    return put("\0" * (len(XML) - MIDDLE), MIDDLE, len(XML) - MIDDLE)


def control_character() -> bytes:
    return put("\x1b[2J", HOUSE_NUMBER)


def referred_zero() -> bytes:
    return put("&#0;", HOUSE_NUMBER)


def endless_text(megabytes: int = 100) -> Iterator[bytes]:
    """Not so regular that it would be refused as a zip bomb."""
    yield XML[:HOUSE_NUMBER].encode()
    words = [incompressible(60) for _ in range(100)]
    chunk = "".join(RANDOM.choices(words, k=(1 << 20) // 60))
    for _ in range(megabytes):
        yield chunk.encode()
    yield XML[HOUSE_NUMBER:].encode()


def endless_head() -> bytes:
    return (XML[:FIRST] + "<com:x>" + "1" * (5 << 20) + "</com:x>" + XML[FIRST:]).encode()


def million_attributes() -> bytes:
    return attributes(1_000_000)


def many_attributes() -> bytes:
    return attributes(60_000)


def attributes(count: int) -> bytes:
    texts = " ".join(f'a{n}=""' for n in range(count))
    return put(f"<tns:address {texts} ", MIDDLE, len("<tns:address "))


def long_attribute() -> bytes:
    """In quotes that a pattern for the other quotes might try at every letter."""
    return put(f"<tns:address a='{'w' * 900_000}' ", MIDDLE, len("<tns:address "))


def attribute_of_a_megabyte() -> bytes:
    return put(f"<tns:address a='{'w' * 5_000_000}' ", MIDDLE, len("<tns:address "))


def million_elements() -> bytes:
    return elements(1_000_000)


def many_elements() -> bytes:
    return elements(120_000)


def elements(count: int) -> bytes:
    place = XML.index("</tns:address>", MIDDLE)
    return put("".join(f"<x{n}/>" for n in range(count)), place)


def many_blanks() -> bytes:
    return put("<com:x>" + " \n" * 400_000 + "</com:x>", XML.index("</tns:address>", MIDDLE))


def deep_nesting() -> bytes:
    return put("<a>" * 100_000 + "</a>" * 100_000, HOUSE_NUMBER)


def unclosed_tag() -> bytes:
    return put("<com:boxNumber>", HOUSE_NUMBER)


def unclosed_record() -> bytes:
    place = XML.index("</tns:address>", MIDDLE)
    return put("", place, len("</tns:address>"))


def element_between_records() -> bytes:
    return put("<tns:streetName/>", MIDDLE)


def text_between_records() -> bytes:
    return put("Error 500: out of memory", MIDDLE)


def blanks_after_the_end() -> bytes:
    return XML.encode() + b" " * 100_000 + b"x"


def after_the_end() -> bytes:
    return XML.encode() + b"<tns:address/>"


def timestamp_of_no_time() -> bytes:
    return XML.replace("2026-11-09T01", "2026-99-99T01").encode()


def incompressible(length: int) -> str:
    return "".join(RANDOM.choices(string.ascii_letters + string.digits, k=length))


def long_house_number(length: int) -> bytes:
    return put(incompressible(length), HOUSE_NUMBER, 2)


def long_identifier(length: int) -> bytes:
    place = XML.index("<com:objectIdentifier>", MIDDLE) + len("<com:objectIdentifier>")
    return put(incompressible(length), place, 2)
