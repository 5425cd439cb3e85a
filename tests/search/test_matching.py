"""Questions over the small register, each with its verdict, what was found, and why."""

from __future__ import annotations

import random
import string
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from registry.normalization.places import list_current
from registry.search.answers import (
    LONGEST_TEXT,
    Answer,
    Category,
    ComponentKind,
    ComponentStatus,
    MatchLevel,
    PositionLevel,
    Question,
    Reason,
    Verdict,
)
from registry.search.labels import list_languages, make_address_label, make_street_labels
from registry.search.matching import match
from registry.search.scores import find_score
from tests.search.registers import SMALL, index_of

if TYPE_CHECKING:
    from registry.search.index import SearchIndex

_CASES = Path(__file__).with_name("cases")
_DOCS = Path(__file__).parents[2] / "docs" / "matching.md"
_ASKED = frozenset(Question.__slots__)
_SURE = (Verdict.EXACT, Verdict.CORRECTED)


def _read_cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case.get('text', next(iter(case.values())))}")
        for path in sorted(_CASES.glob("*.toml"))
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    ]


def _ask(text: str, index: SearchIndex) -> Answer:
    return match(Question(text=text), index)


def _name_best(answer: Answer, index: SearchIndex) -> str | None:
    best = answer.best
    if best is None:
        return None
    if best.address >= 0:
        return index.make_address_id(best.address)
    if best.street >= 0:
        return index.streets.public_ids[best.street]
    return best.postal_code or index.municipalities[best.municipality].nis_code


@pytest.mark.parametrize("case", _read_cases())
def test_question_comes_to_its_answer(case: dict[str, Any], small_index: SearchIndex) -> None:
    question = Question(**{name: text for name, text in case.items() if name in _ASKED})

    answer = match(question, small_index)

    assert answer.verdict == case["verdict"]
    assert answer.match_level == case.get("level")
    assert _name_best(answer, small_index) == case.get("best")
    assert [*answer.reasons] == case.get("reasons", [])
    assert [*answer.unresolved] == case.get("unresolved", [])
    assert answer.candidates_total == case.get("total", 1 if "best" in case else 0)


@pytest.mark.parametrize("case", _read_cases())
def test_sure_is_never_less_than_a_building(case: dict[str, Any], small_index: SearchIndex) -> None:
    answer = match(
        Question(**{name: text for name, text in case.items() if name in _ASKED}), small_index
    )

    is_sure = answer.verdict in _SURE
    assert (answer.category is Category.C) is not is_sure
    if is_sure:
        assert answer.match_level in {MatchLevel.BOX, MatchLevel.BUILDING}
        assert answer.candidates_total == 1
    assert 0 <= answer.score <= 1


def test_components_say_what_was_done_to_each(small_index: SearchIndex) -> None:
    answer = _ask("Wetstaat 16 bus 77, 1030 Brussel", small_index)

    told = {one.kind: (one.written, one.status, one.reason) for one in answer.components}
    assert told == {
        ComponentKind.STREET_NAME: ("Wetstaat", ComponentStatus.CORRECTED, Reason.SPELLING),
        ComponentKind.HOUSE_NUMBER: ("16", ComponentStatus.CONFIRMED, None),
        ComponentKind.BOX_NUMBER: ("77", ComponentStatus.UNCONFIRMED, Reason.NO_SUCH_BOX),
        ComponentKind.POST_CODE: ("1030", ComponentStatus.REPLACED, Reason.OTHER_POST_CODE),
        ComponentKind.MUNICIPALITY: ("Brussel", ComponentStatus.CONFIRMED, None),
    }
    assert answer.components[0].values == {"nl": "Wetstraat", "fr": "Rue de la Loi"}


def test_number_that_is_not_there_lies_between_its_neighbours(small_index: SearchIndex) -> None:
    answer = _ask("Koningin Elisabethlaan 2, 9000 Gent", small_index)
    beyond = _ask("Koningin Elisabethlaan 99, 9000 Gent", small_index)

    assert answer.verdict is beyond.verdict is Verdict.INCOMPLETE
    assert answer.position_level is PositionLevel.STREET  # there is no even side
    assert beyond.position_level is PositionLevel.INTERPOLATED
    last = _ask("Koningin Elisabethlaan 5, 9000 Gent", small_index)
    assert beyond.position == last.position


def test_position_between_neighbours_is_in_proportion() -> None:
    index = index_of("vlg-44021 | nl=Gent\nvlg-1 | 44021 | nl=Dam | 9000 | 1 9")

    first, between, last = (_ask(f"Dam {n}, 9000 Gent", index).position for n in (1, 3, 9))

    assert first is not None
    assert last is not None
    assert between == (first[0] + (last[0] - first[0]) / 4, first[1])


def test_successor_is_told_of_what_is_gone(small_index: SearchIndex) -> None:
    best = _ask("Oude Molenstraat 1, 9000 Gent", small_index).best

    assert best is not None
    assert best.is_former


@pytest.mark.parametrize("text", ["Kerkstraat 3", "Kerkstraat 1, Antwerpen", "Rue de l'Église 2"])
def test_ties_stand_in_the_order_of_the_rule(text: str, small_index: SearchIndex) -> None:
    answer = _ask(text, small_index)

    streets = small_index.streets
    order = [
        (streets.first_addresses[c.street] - streets.first_addresses[c.street + 1], c.street)
        for c in answer.candidates
    ]
    assert answer.verdict is Verdict.AMBIGUOUS
    assert [first for first, _ in order] == sorted(first for first, _ in order)


def test_street_of_another_town_is_never_the_answer(small_index: SearchIndex) -> None:
    for place in ("9000 Gent", "Gent", "9000", "4000", "Luik", "9000 Onbekend"):
        answer = _ask(f"Clematisweg 4, {place}", small_index)

        assert answer.verdict in {Verdict.INCOMPLETE, Verdict.NOT_FOUND}
        assert answer.best is None or answer.best.street < 0


def test_municipality_is_found_by_its_own_names_alone() -> None:
    """Whatever postal names and streets are called like it: Anderlecht + Brussel, Bergen."""
    cities = ("11002", "44021", "52011", "62063", "31005", "92094", "24062", "53053", "12025")
    places = [one for one in list_current() if one.nis_code[:2] == "21" or one.nis_code in cities]
    lines = [
        f"{one.region}-{one.nis_code} | "
        + "; ".join(f"{language}={name}" for language, name in one.names.items())
        for one in places
    ]
    streets = [f"bru-{i} | 21001 | nl={p.own_names[0]} | 1070 | 1" for i, p in enumerate(places)]
    shared = "post bru-1070 | nl=Anderlecht + " + " + ".join(p.own_names[0] for p in places)
    index = index_of("\n".join([*lines, shared, *streets]))

    for place in places:
        for name in place.own_names:
            answer = _ask(name, index)
            assert (answer.verdict, answer.candidates_total) == (Verdict.INCOMPLETE, 1), name
            assert _name_best(answer, index) == place.nis_code, name


def test_two_streets_an_edit_away_are_told_apart_by_the_number_or_not_at_all() -> None:
    index = index_of(
        "wal-62022 | fr=Sprimont\n"
        "wal-1 | 62022 | fr=Rue du Pahy | 4140 | 1 2 3\n"
        "wal-2 | 62022 | fr=Rue du Paty | 4140 | 2 3 4\n"
    )

    assert _ask("Rue du Pavy 2, 4140", index).verdict is Verdict.AMBIGUOUS
    only = _ask("Rue du Pavy 4, 4140", index)
    assert (only.verdict, _name_best(only, index)) == (Verdict.CORRECTED, "wal-203")


def test_unlike_street_is_not_taken_for_its_number() -> None:
    index = index_of(
        "wal-62022 | fr=Sprimont\n"
        "wal-1 | 62022 | fr=Rue du Vieux Moulin | 4140 | 1 2 3\n"
        "wal-2 | 62022 | fr=Rue du Vieux Marais | 4140 | 9\n"
    )

    assert _ask("Rue du Vieux Mouin 9, 4140", index).verdict is not Verdict.EXACT
    assert _ask("Rue du Vieux Moulin 9, 4140", index).verdict is Verdict.INCOMPLETE


def test_labels_are_lines_in_a_language_of_the_place(small_index: SearchIndex) -> None:
    best = _ask("Wetstraat 16 bus 1, 1000 Brussel", small_index).best
    assert best is not None

    assert list_languages(small_index, best.municipality) == ("fr", "nl")
    nl, fr = (make_address_label(small_index, best.address, one) for one in ("nl", "fr"))
    assert (nl, fr) == (
        "Wetstraat 16 bus b001, 1000 Brussel",
        "Rue de la Loi 16 bte b001, 1000 Bruxelles",
    )
    assert make_address_label(small_index, best.address, "de") == fr
    assert make_street_labels(small_index, best.street)["nl"] == "Wetstraat, 1000 Brussel"


def test_docs_explain_every_reason_and_verdict() -> None:
    text = _DOCS.read_text(encoding="utf-8")

    assert [one for one in (*Reason, *Verdict, *MatchLevel) if f"`{one}`" not in text] == []


def test_score_of_an_unknown_bin_is_that_of_the_wider_one() -> None:
    assert find_score("corrected building streetName never met") == find_score(
        "corrected building streetName"
    )
    assert find_score("no such verdict") == 0


def test_garbage_is_answered_in_bounded_time(small_index: SearchIndex) -> None:
    chance = random.Random(6)  # noqa: S311 - the same garbage every time
    letters = string.printable + "éß\u0301\u202e\U0001f3e0אب"
    for _ in range(300):
        text = "".join(chance.choices(letters, k=chance.randrange(LONGEST_TEXT)))
        assert match(Question(text=text), small_index) == match(Question(text=text), small_index)

    began = time.process_time()
    _ask(("1000 Brussel 12/3 " * 40)[:LONGEST_TEXT], small_index)
    assert time.process_time() - began < 0.1


def test_text_too_long_is_refused_by_name(small_index: SearchIndex) -> None:
    answer = _ask("x" * (LONGEST_TEXT + 1), small_index)

    assert (answer.verdict, answer.reasons) == (Verdict.NOT_FOUND, (Reason.TOO_LONG,))


def test_answer_is_the_same_over_an_index_made_again() -> None:
    first, second = index_of(SMALL), index_of(SMALL)

    for text in ("Kerkstraat 3", "Wetstaat 16, 1000 Brussel", "9000 Gent"):
        assert _ask(text, first) == _ask(text, second)
