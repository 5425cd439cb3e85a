"""The kinds of spoiling, each a switch of its own, and the natural mix of them."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from deploy.bench import spoiling
from deploy.bench.spoiling import BOX_STYLES, ORDERS, Layout, Written, choose_box_style, write_clean
from deploy.bench.spoiling_targets import say_box
from registry.normalization.places import make_place_key
from registry.normalization.street_name import split_street_name

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Mapping

    from deploy.bench.spoiling_targets import Target

    Spoil = Callable[[Written, Target, random.Random], Written]
    """Returns the same object where there is nothing to spoil."""


class Kind(StrEnum):
    """What may go wrong with an address, in the order in which it happens to one."""

    LANGUAGE = "otherLanguage"
    SECTION = "section"
    BOX_STYLE = "boxStyle"
    NO_POST_CODE = "noPostCode"
    NO_MUNICIPALITY = "noMunicipality"
    WRONG_POST_CODE = "wrongPostCode"
    ABBREVIATION = "abbreviation"
    GLUED = "glued"
    SPLIT = "split"
    TYPO = "typo"
    TWO_TYPOS = "twoTypos"
    PLACE_TYPO = "municipalityTypo"
    MISREAD = "misread"
    ACCENTS = "accents"
    CASE = "case"
    CUT_STREET = "cutStreet"
    CUT_LINE = "cutLine"
    ORDER = "order"
    FIELDS = "fields"


def _change_language(written: Written, target: Target, chance: random.Random) -> Written:
    """Write street, municipality or both in a language they were not in."""
    streets = [name for name in target.street_names.values() if name != written.street]
    places = [
        name
        for name in (*target.place_names.values(), *target.exonyms)
        if make_place_key(name) != make_place_key(written.municipality)
    ]
    if streets and (not places or chance.random() < 0.5):
        return replace(written, street=chance.choice(streets))
    return replace(written, municipality=chance.choice(places)) if places else written


def _write_section(written: Written, target: Target, chance: random.Random) -> Written:
    """Write the part of a municipality: with its name, instead of it, or behind the street."""
    street = split_street_name(written.street)
    if street.part:
        forms = (f"{street.name}({street.part})", f"{street.name},{street.part}")
        return replace(written, street=chance.choice((*forms, f"{street.name} - {street.part}")))
    if not target.sections:
        return written
    section, place = chance.choice(target.sections), written.municipality
    places = (section, f"{section} ({place})", f"{section.upper()} ({place.upper()})")
    if chance.random() < 0.6:
        return replace(written, municipality=chance.choice(places))
    short = section.replace(" ", "")[:3]
    marks = (f"({short})", f"({short.upper()})", f", {short}.", f",{short.upper()}")
    return replace(written, street=street.name + chance.choice((*marks, f" - {section.upper()}")))


def _style_box(written: Written, target: Target, chance: random.Random) -> Written:
    """Write the box in one of twelve styles, its padding kept or not."""
    if not written.box:
        return written
    box = say_box(target, chance)
    return replace(written, box=box, box_style=choose_box_style(box, BOX_STYLES, chance))


def _drop_code(written: Written, _target: Target, _chance: random.Random) -> Written:
    return replace(written, postal_code="") if written.postal_code else written


def _drop_place(written: Written, _target: Target, _chance: random.Random) -> Written:
    return replace(written, municipality="") if written.postal_code else written


def _mistake_code(written: Written, _target: Target, chance: random.Random) -> Written:
    """Write one digit of the postal code wrong."""
    if not written.postal_code:
        return written
    i = chance.randrange(4)
    wrong = chance.choice([d for d in "0123456789" if d != written.postal_code[i]])
    code = f"{written.postal_code[:i]}{wrong}{written.postal_code[i + 1 :]}"
    return replace(written, postal_code=code)


def _spoil_street(change: Callable[[str, random.Random], str]) -> Spoil:
    def spoil(written: Written, _target: Target, chance: random.Random) -> Written:
        street = change(written.street, chance)
        return written if street == written.street else replace(written, street=street)

    return spoil


def _spoil_names(change: Callable[[str, random.Random], str]) -> Spoil:
    """Spoil street and municipality alike."""

    def spoil(written: Written, _target: Target, chance: random.Random) -> Written:
        street = change(written.street, chance)
        place = change(written.municipality, chance)
        if (street, place) == (written.street, written.municipality):
            return written
        return replace(written, street=street, municipality=place)

    return spoil


def _mistype_place(written: Written, _target: Target, chance: random.Random) -> Written:
    place = spoiling.mistype(written.municipality, chance)
    return written if place == written.municipality else replace(written, municipality=place)


def _misread_line(written: Written, _target: Target, chance: random.Random) -> Written:
    """Scan street and house number: one or two letters are taken for others."""
    spoilt = written
    for _ in range(chance.randint(1, 2)):
        if chance.random() < 0.3:
            spoilt = replace(spoilt, house=spoiling.misread(spoilt.house, chance))
        else:
            spoilt = replace(spoilt, street=spoiling.misread(spoilt.street, chance))
    return written if spoilt == written else spoilt


def _change_case(text: str, chance: random.Random) -> str:
    return chance.choice((str.upper, str.upper, str.lower, str.title))(text)


def _cut_street(written: Written, _target: Target, chance: random.Random) -> Written:
    """Lose the last one to five letters of the street, as narrow columns do."""
    if len(written.street) < 10:
        return written
    street = written.street[: -chance.randint(1, 5)].rstrip()
    return replace(written, street=street, is_street_cut=True)


def _cut_line(written: Written, _target: Target, chance: random.Random) -> Written:
    """Lose the end of the line: some or all of the municipality, which is written last."""
    length = chance.randrange(len(written.municipality) or 1)
    place = written.municipality[:length].rstrip()
    layout, order = Layout.TEXT, ORDERS[0]
    return replace(written, municipality=place, is_place_cut=True, order=order, layout=layout)


def _change_order(written: Written, _target: Target, chance: random.Random) -> Written:
    return replace(written, order=chance.choice(ORDERS))


def _fill_in_fields(written: Written, _target: Target, chance: random.Random) -> Written:
    layouts = (Layout.FIELDS, Layout.FIELDS, Layout.CONFUSED, Layout.BOTH)
    return replace(written, layout=chance.choice(layouts))


SPOILS: Mapping[Kind, tuple[float, Spoil]] = {
    Kind.LANGUAGE: (0.06, _change_language),
    Kind.SECTION: (0.05, _write_section),
    Kind.BOX_STYLE: (0.80, _style_box),
    Kind.NO_POST_CODE: (0.07, _drop_code),
    Kind.NO_MUNICIPALITY: (0.04, _drop_place),
    Kind.WRONG_POST_CODE: (0.02, _mistake_code),
    Kind.ABBREVIATION: (0.20, _spoil_street(spoiling.abbreviate)),
    Kind.GLUED: (0.03, _spoil_street(spoiling.glue)),
    Kind.SPLIT: (0.04, _spoil_street(spoiling.split)),
    Kind.TYPO: (0.15, _spoil_street(spoiling.mistype)),
    Kind.TWO_TYPOS: (
        0.03,
        _spoil_street(lambda t, chance: spoiling.mistype(spoiling.mistype(t, chance), chance)),
    ),
    Kind.PLACE_TYPO: (0.04, _mistype_place),
    Kind.MISREAD: (0.02, _misread_line),
    Kind.ACCENTS: (0.30, _spoil_names(lambda text, _: spoiling.lose_accents(text))),
    Kind.CASE: (0.20, _spoil_names(_change_case)),
    Kind.CUT_STREET: (0.01, _cut_street),
    Kind.CUT_LINE: (0.01, _cut_line),
    Kind.ORDER: (0.30, _change_order),
    Kind.FIELDS: (0.20, _fill_in_fields),
}
"""The share of each in the natural mix, and what it does."""


def spoil_by(kind: Kind, target: Target, chance: random.Random) -> Written | None:
    """Write a target with one kind of spoiling; None where it has nothing of the kind."""
    clean = write_clean(target, chance)
    spoilt = SPOILS[kind][1](clean, target, chance)
    return None if spoilt is clean else spoilt


def spoil_naturally(target: Target, chance: random.Random) -> tuple[Written, tuple[Kind, ...]]:
    """Write a target with each kind as likely as its share; also which ones it met."""
    written, kinds = write_clean(target, chance), []
    for kind, (share, spoil) in SPOILS.items():
        if chance.random() < share:
            before, written = written, spoil(written, target, chance)
            kinds += [kind] if written is not before else []
    return written, tuple(kinds)


def spoil_every_kind(
    targets: Iterator[Target], rows: int, chance: random.Random
) -> Iterator[tuple[Kind, Target, Written]]:
    """Write `rows` targets with each kind alone; a kind few have has fewer rows."""
    for kind in Kind:
        found = 0
        for target, _ in zip(targets, range(rows * 40), strict=False):
            if (written := spoil_by(kind, target, chance)) is not None:
                yield kind, target, written
                found += 1
            if found == rows:
                break
