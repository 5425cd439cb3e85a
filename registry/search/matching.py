"""The journey of a question: readings, streets, numbers, the best of all, an answer.

docs/matching.md tells it in words. Pure and deterministic: equal index and question, equal answer.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from registry.normalization.street_name import make_street_key
from registry.search import streets, verdicts
from registry.search.answers import LONGEST_TEXT, Answer, Question, Reason
from registry.search.findings import (
    HOPELESS,
    Finding,
    find_unknown_place,
    list_scopes,
    make_finding,
)
from registry.search.index import SearchIndex
from registry.search.numbers import find_number
from registry.search.place_answers import answer_place, refuse
from registry.search.places import Gazetteer, find_gazetteer
from registry.search.reading import Reading, list_readings
from registry.search.reading_noise import clean, has_post_office_box, is_foreign
from registry.search.reading_places import GUESS
from registry.search.street_words import EDIT

_MOST_READINGS, _LONG_TEXT = 20, 40  # one less for every so many characters
_MOST_NEAR, _MOST_COMPARED = 4, 2
_MOST_EVERYWHERE = 400
_MOST_ALIKE = 40
_MOST_PLACES = 3
_SOFT = 10  # what only tells how usual a reading is
_Find = Callable[[str, int], list[streets.StreetFinding]]
_DIGIT = re.compile(r"\d")
_NEAR_ENOUGH = EDIT + _SOFT
_INITIAL = re.compile(r"(?<!\w)[^\W\d_]\.")  # may stand for any word: an edit tells nothing
_FIELDS = Question.__slots__


def match(question: Question, index: SearchIndex) -> Answer:
    """Return what a question means in the register, and how sure that is. Total on any text."""
    question = _clean(question)
    if (reason := _find_refusal(question)) is not None:
        return refuse(reason, question)
    search = _Search(find_gazetteer(index))
    most = _MOST_READINGS - len(question.text) // _LONG_TEXT
    for reading in islice(list_readings(question, search.gazetteer), most):
        if reading.cost >= GUESS and search.is_settled():
            break
        search.look_up(reading)
        if search.best_cost < _SOFT:
            break
    search.look_near()
    if search.findings:
        return verdicts.answer_findings(search.findings, search.readings, search.gazetteer)
    reason = Reason.POST_OFFICE_BOX if has_post_office_box(question) else Reason.NO_SUCH_STREET
    return answer_place(search.readings, reason, search.gazetteer)


def _clean(question: Question) -> Question:
    changed = {
        name: text
        for name in _FIELDS
        if (written := getattr(question, name)) and (text := clean(written)) != written
    }
    return replace(question, **changed) if changed else question


def _find_refusal(question: Question) -> Reason | None:
    """Return why a question is not looked up at all."""
    texts = [text for name in _FIELDS if (text := getattr(question, name))]
    if not texts:
        return Reason.NOTHING_ASKED
    if max(map(len, texts)) > LONGEST_TEXT:
        return Reason.TOO_LONG
    if not any(any(map(str.isalnum, text)) for text in texts):
        return Reason.UNREADABLE
    return Reason.FOREIGN_COUNTRY if is_foreign(question) else None


class _Search:
    """What one question has found so far."""

    __slots__ = (
        "_is_near_done",
        "_looked_at",
        "best_cost",
        "findings",
        "gazetteer",
        "readings",
    )

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self.findings: list[Finding] = []
        self.readings: list[Reading] = []
        self.best_cost = HOPELESS
        self._is_near_done = False
        self._looked_at: set[tuple[object, ...]] = set()

    def look_up(self, reading: Reading) -> None:
        """Find the streets that have the very name of a reading."""
        self.readings.append(reading)
        if len(reading.street) > streets.LONGEST:
            return
        index = self.gazetteer.index
        if (k := index.names.key_numbers.get(make_street_key(reading.street))) is None:
            return
        if reading.claim.code < 0 and not reading.claim.name:
            if not reading.house and self._is_place(reading):
                return  # Bergen is a place before it is four streets
            self._add(streets.list_everywhere(k, index, _MOST_EVERYWHERE), reading)
            return
        inside, beside = list_scopes(reading.claim, self.gazetteer)
        for m in inside:
            self._add(streets.find_exact(k, m, index), reading)
        if self.best_cost >= _SOFT:
            for m in beside:
                self._add(streets.find_exact(k, m, index), reading)

    def is_settled(self) -> bool:
        """Whether the readings so far answer well enough to leave guesses aside."""
        if not self._is_near_done:
            self.look_near()
            self._is_near_done = True
        return self.best_cost <= GUESS + EDIT

    def look_near(self) -> None:
        """Find streets with names like those of the most usual readings: first within an edit."""
        if self.best_cost < EDIT:
            return
        if any(not one.street and one.claim.meanings and not one.house for one in self.readings):
            return  # it is all said: a place
        readings = self._choose_readings()
        near = self.gazetteer.near_names
        for reading in readings:
            if not reading.house and self.best_cost <= _NEAR_ENOUGH:
                continue  # the number stands in another reading
            if reading.claim.code < 0 and not reading.claim.name:
                self._look_everywhere(reading)
            else:
                self._look_inside(near.find_by_key, reading)
        if self.best_cost <= _NEAR_ENOUGH and not any(
            _INITIAL.search(one.street) for one in readings
        ):
            return
        for reading in readings[:_MOST_COMPARED]:
            if reading.claim.code >= 0 or reading.claim.name:
                self._look_inside(near.find_by_name, reading)

    def _choose_readings(self) -> list[Reading]:
        """Return the most usual readings not looked at yet, each once for a street and place."""
        chosen = []
        for reading in sorted(self.readings, key=lambda reading: reading.cost):
            said = (reading.street, reading.claim, reading.house)
            is_name = reading.house or reading.is_without or not _DIGIT.search(reading.street)
            is_name = is_name and len(reading.street) > 2 and not self._is_place(reading)
            if is_name and said not in self._looked_at and not find_unknown_place(reading):
                self._looked_at.add(said)
                chosen.append(reading)
                if len(chosen) == _MOST_NEAR:
                    break
        return chosen

    def _is_place(self, reading: Reading) -> bool:
        """Whether what is read as a street is the only place that is named: 5, 8000 Brugge."""
        return not reading.claim.name and bool(self.gazetteer.find(reading.street))

    def _look_everywhere(self, reading: Reading) -> None:
        """Find streets of the country within an edit, if they have the number."""
        index, key = self.gazetteer.index, make_street_key(reading.street)
        for k, edits in index.spelling.find(key, 1)[:3]:
            for found in streets.list_everywhere(k, index, _MOST_ALIKE):
                cost = found.cost + edits * EDIT
                near = found._replace(cost=cost, reason=Reason.SPELLING, is_cut=True)
                self._add([near], reading)

    def _look_inside(self, find: _Find, reading: Reading) -> None:
        """Find streets in the place that was asked; if it has none, in what it may be instead."""
        inside, beside = list_scopes(reading.claim, self.gazetteer)
        before = len(self.findings)
        for m in inside[:_MOST_PLACES]:
            self._add(find(reading.street, m), reading)
        if len(self.findings) == before:
            for m in beside[:_MOST_PLACES]:
                self._add(find(reading.street, m), reading)

    def _add(self, found: list[streets.StreetFinding], reading: Reading) -> None:
        index = self.gazetteer.index
        is_placed = reading.claim.code >= 0 or bool(reading.claim.name)
        for street in found:
            number = find_number(
                street.street, reading.house, reading.box, index, is_guessing=is_placed
            )
            is_there = bool(number.addresses) or not reading.house or reading.is_without
            is_sure = is_there and number.box_reason is not Reason.NO_SUCH_BOX
            if not is_placed and not is_sure:
                continue  # one of hundreds of that name
            is_sure = is_sure and not number.house_reason and not number.box_reason
            if street.is_cut and reading.house and (reading.left or not is_sure):
                continue  # too little to go by
            finding = make_finding(street, number, reading, self.gazetteer)
            self.findings.append(finding)
            if is_there:
                self.best_cost = min(self.best_cost, finding.cost)
