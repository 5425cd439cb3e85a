"""Addresses as people write them: pure functions of a target and a seeded random source.

An address is first written in fields, then spoiled (spoiling_kinds.py), then joined to a question.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from registry.search.answers import Question

if TYPE_CHECKING:
    import random

    from deploy.bench.spoiling_targets import Target


class Layout(StrEnum):
    """How fields become a question."""

    TEXT = "text"
    FIELDS = "fields"
    CONFUSED = "confused"
    """The number stands in the street field, the postal code in that of the municipality."""
    BOTH = "both"
    """Street and number as text, the place in fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An address on its way to paper. `box_style` has {} where the box goes.

    `is_cut`: the end of the street, or of the whole line, is lost.
    """

    street: str
    house: str
    box: str
    box_style: str
    postal_code: str
    municipality: str
    order: tuple[tuple[str, ...], ...]
    joint: str
    comma: str = " "
    layout: Layout = Layout.TEXT
    is_street_cut: bool = False
    is_place_cut: bool = False

    @property
    def number(self) -> str:
        """House number and box as they are written together."""
        return self.house + (self.box_style.format(self.box) if self.box else "")

    def make_question(self) -> Question:
        """Join the fields."""
        match self.layout:
            case Layout.TEXT:
                return Question(text=self._make_line())
            case Layout.CONFUSED:
                return Question(
                    street_name=f"{self.street} {self.number}",
                    municipality=f"{self.postal_code} {self.municipality}".strip(),
                )
            case Layout.BOTH:
                return Question(
                    text=f"{self.street}{self.comma}{self.number}",
                    postal_code=self.postal_code,
                    municipality=self.municipality,
                )
            case Layout.FIELDS:
                return Question(
                    street_name=self.street,
                    house_number=self.house,
                    box_number=self.box,
                    postal_code=self.postal_code,
                    municipality=self.municipality,
                )

    def _make_line(self) -> str:
        values = {
            "street": self.street,
            "number": self.number,
            "code": self.postal_code,
            "place": self.municipality,
        }
        groups = []
        for group in self.order:
            between = self.comma if group == ("street", "number") else " "
            groups.append(between.join(values[name] for name in group if values[name]))
        return self.joint.join(group for group in groups if group)


_STREET, _PLACE = ("street", "number"), ("code", "place")
ORDERS = (
    (_STREET, _PLACE),
    (_PLACE, _STREET),
    (("number", "street"), _PLACE),
    (("place",), ("code",), _STREET),
    (_STREET, ("place", "code")),
    (("place",), _STREET, ("code",)),
)
_JOINTS = (", ", ", ", " ", " - ", "\n", "; ")
_OWN_BOX_STYLES = {"nl": (" bus {}",), "fr": (" bte {}", " boîte {}"), "de": (" Bte {}",)}
BOX_STYLES = (
    *(" bus {}", " bte {}", " boîte {}", " box {}", " b{}", " b {}"),
    *("/{}", "/ {}", "-{}", ", bus {}", "bus{}", " bt. {}"),
)


_SAYS_BOX = re.compile(r"(?:bus|bs|bte|bt|bo[iî]te|box|app?t?)\b", re.IGNORECASE)


def choose_box_style(label: str, styles: tuple[str, ...], chance: random.Random) -> str:
    """Choose how a box is said: Bte 3 has its word, b001 takes no other b."""
    if _SAYS_BOX.match(label):
        return " {}"
    return chance.choice(
        [style for style in styles if label[:1] not in "bB" or not style.endswith(("b{}", "b {}"))]
    )


def write_clean(target: Target, chance: random.Random) -> Written:
    """Write an address without a fault, in one of its languages and two usual orders."""
    language = target.choose_language(chance)
    return Written(
        street=target.street_names[language],
        house=target.house_label,
        box=target.box_label,
        box_style=choose_box_style(target.box_label, _OWN_BOX_STYLES[language], chance),
        postal_code=target.postal_code,
        municipality=target.name_place(language),
        order=chance.choice(ORDERS[:2]),
        joint=chance.choice(_JOINTS),
        comma=chance.choice((" ", " ", ", ")),
    )


# --- letters

_NEIGHBOURS = {
    letter: row[max(0, i - 1) : i] + row[i + 1 : i + 2]
    for row in ("azertyuiop", "qsdfghjklm", "wxcvbn")
    for i, letter in enumerate(row)
}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LETTER = re.compile(r"[^\W\d_]")


def mistype(text: str, chance: random.Random) -> str:
    """Return a text with one slip of the fingers at a letter: lost, doubled, swapped, wrong."""
    places = [match.start() for match in _LETTER.finditer(text)]
    if len(places) < 3:
        return text
    i = chance.choice(places)
    before, letter, after = text[:i], text[i], text[i + 1 :]
    match chance.randrange(5):
        case 0:
            return before + after
        case 1:
            return before + letter + letter + after
        case 2 if after and after[0] != letter:
            return before + after[0] + letter + after[1:]
        case 3:
            return before + letter + chance.choice(_LETTERS) + after
    wrong = chance.choice(_NEIGHBOURS.get(letter.lower(), "") or _LETTERS)
    return before + (wrong.upper() if letter.isupper() else wrong) + after


def lose_accents(text: str) -> str:
    """Return a text without accents and ligatures."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("ß", "ss"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


_MISREAD = {"0": "O", "1": "l", "5": "S", "8": "B", "O": "0", "l": "1", "S": "5", "B": "8"}
_MISREAD |= {"rn": "m", "m": "rn", "I": "l", "e": "c"}
_MISREADABLE = re.compile("rn|[015 8OlSBmIe]".replace(" ", ""))


def misread(text: str, chance: random.Random) -> str:
    """Return a text with one letter or digit as a scanner takes it: 0 for O, m for rn."""
    places = list(_MISREADABLE.finditer(text))
    if not places:
        return text
    at = chance.choice(places)
    return text[: at.start()] + _MISREAD[at[0]] + text[at.end() :]


# --- words

_SHORT_FORMS = {
    "straat": "str. str str.", "laan": "ln ln.", "steenweg": "stwg stwg. stw. steenw.",
    "avenue": "av av. ave Av.", "boulevard": "bd bld boul. blvd bd.", "rue": "r. r",
    "place": "pl. pl",
    "chaussée": "chée ch. chaus. chaussee", "chemin": "ch. chem.", "square": "sq. sq",
    "allée": "all. all", "impasse": "imp. imp", "route": "rte rte.", "faubourg": "fg fbg",
    "quai": "q.", "résidence": "rés. res.", "plein": "pl. pln", "saint": "st st.",
    "sainte": "ste ste.", "sint": "st st.", "sankt": "st.", "burgemeester": "burg. burgem. bgm.",
    "bourgmestre": "bourgm. bgm.", "docteur": "dr dr.", "dokter": "dr dr.", "doctor": "dr dr.",
    "général": "gén. gen.", "generaal": "gen. gen", "koning": "kon. k.", "koningin": "kon. k.",
    "professor": "prof. prof", "professeur": "prof. prof", "pastoor": "past. past",
    "kardinaal": "kard. kard", "cardinal": "card.", "commandant": "cdt cdt.", "kolonel": "kol.",
    "colonel": "col.", "lieutenant": "lt lt.", "luitenant": "lt. luit.", "monseigneur": "mgr",
    "onze-lieve-vrouw": "o.l.v. olv o.-l.-v.", "onze-lieve-vrouwe": "o.l.v. olv",
    "notre-dame": "n.-d. n.d. nd", "président": "prés. pres.", "straße": "str. str",
    "strasse": "str.",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+(?:-lieve-vrouwe?|-dame)?", re.IGNORECASE)
_SUFFIX = re.compile(r"(?<=\w{3})(straat|steenweg|laan|plein|stra(?:ß|ss)e)$", re.IGNORECASE)
_COMPOUND = re.compile(
    r"(?<=\w{3})(?=(?:straat|laan|weg|steenweg|plein|dreef|hof|lei|baan|stra(?:ß|ss)e)\b)",
    re.IGNORECASE,
)


def abbreviate(text: str, chance: random.Random) -> str:
    """Shorten each word that people shorten, four times out of five."""

    def shorten(match: re.Match[str]) -> str:
        word = match[0]
        forms = _SHORT_FORMS.get(word.lower())
        if forms is None:
            end = _SUFFIX.search(word)
            if end is None:
                return word
            return word[: end.start()] + chance.choice(_SHORT_FORMS[end[0].lower()].split())
        form = chance.choice(forms.split())
        return form.capitalize() if word[0].isupper() else form

    return _WORD.sub(lambda match: shorten(match) if chance.random() < 0.8 else match[0], text)


def glue(text: str, chance: random.Random) -> str:
    """Return a text with one space, hyphen or apostrophe between letters gone; seldom all."""
    places = [
        match.start()
        for match in re.finditer(
            r"(?<=[^\W\d])[ '\N{RIGHT SINGLE QUOTATION MARK}-](?=[^\W\d])", text
        )
    ]
    if not places:
        return text
    lost = set(places) if chance.random() < 0.2 else {chance.choice(places)}
    return "".join(letter for i, letter in enumerate(text) if i not in lost)


def split(text: str, chance: random.Random) -> str:
    """Return a text with a long word in two, mostly where a compound is joined."""
    places = [match.start() for match in _COMPOUND.finditer(text)]
    if not places or chance.random() < 0.2:
        places = [match.start() for match in re.finditer(r"(?<=[^\W\d_]{3})(?=[^\W\d_]{3})", text)]
    if not places:
        return text
    at = chance.choice(places)
    return f"{text[:at]}{chance.choice('  -')}{text[at:]}"
