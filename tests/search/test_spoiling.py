"""Spoiled addresses of the bench: seeded, each kind does what it says, and the rule of enough."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

from deploy.bench import spoiling
from deploy.bench.match import measure_match
from deploy.bench.match_scores import find_calibration_error, fit
from deploy.bench.report import Report
from deploy.bench.spoiling import ORDERS, Layout, Written, write_clean
from deploy.bench.spoiling_kinds import SPOILS, Kind, spoil_by, spoil_naturally
from deploy.bench.spoiling_rule import Lost, Rule
from deploy.bench.spoiling_targets import Target, draw_targets, make_target
from registry.search.answers import Answer, Candidate, Category, MatchLevel, Verdict
from tests.search.registers import index_of

if TYPE_CHECKING:
    from pathlib import Path

INDEX = index_of("""
vlg-12021 | nl=Lier; fr=Lierre
bru-21004 | nl=Brussel; fr=Bruxelles
wal-52011 | fr=Charleroi
post vlg-2501 | nl=Koningshooikt
vlg-1 | 12021 | nl=Kerkstraat | 2500 | 1 2 2~3 8 80
vlg-2 | 12021 | nl=Kerfstraat | 2500 | 2
vlg-3 | 12021 | nl=Clematisweg | 2500 | 5 5A
vlg-4 | 12021 | nl=Clematisweg; homonym=K | 2501 | 7
bru-5 | 21004 | nl=Kerkstraat; fr=Rue de l'Église | 1000 | 1~b001 1~b002 3
wal-6 | 52011 | fr=Rue de Dampremy (CH) | 6000 | 9
wal-7 | 52011 | fr=Rue de Dampremy (JT) | 6000 | 9
""")
RULE = Rule.make(INDEX)
IDS = {INDEX.make_address_id(a): a for a in range(len(INDEX.addresses.streets))}
KERK_2, KERK_2_BOX, KERK_8, KERK_80 = "vlg-102", "vlg-103", "vlg-104", "vlg-105"
CLEMATIS_5A, CLEMATIS_7, DAMPREMY_CH = "vlg-302", "vlg-401", "wal-601"


def make_chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same draw every time


def find_target(public_id: str) -> Target:
    return make_target(INDEX, IDS[public_id])


def write(target: Target, **fields: Any) -> Written:
    return replace(write_clean(target, make_chance(1)), **fields)


@pytest.mark.parametrize(
    ("address", "fields", "lost"),
    [
        (KERK_2, {}, None),
        (KERK_2, {"street": "Kerkstr."}, None),
        (KERK_2, {"street": "Kerfstraat"}, Lost.STREET),
        (KERK_2, {"street": "Kerstraat"}, Lost.ADDRESS),  # Kerfstraat 2 is as near
        (KERK_80, {"street": "Kerstraat"}, None),  # there is no Kerfstraat 80
        (KERK_8, {"street": "Kerk", "is_street_cut": True}, None),
        (KERK_2, {"street": "Ker", "is_street_cut": True}, Lost.ADDRESS),
        (KERK_80, {"house": "8O"}, None),
        (KERK_80, {"house": "8"}, Lost.NUMBER),
        (KERK_80, {"house": "B0"}, None),
        (CLEMATIS_5A, {"house": "5B"}, Lost.NUMBER),  # 5 with a letter, or 58
        (KERK_2_BOX, {"box_style": " bus {}"}, None),
        (CLEMATIS_5A, {"postal_code": ""}, None),
        (CLEMATIS_7, {"postal_code": "2500"}, None),
        ("vlg-101", {"postal_code": "1000", "municipality": ""}, Lost.PLACE),
        ("vlg-101", {"postal_code": "2600"}, None),
        ("vlg-101", {"municipality": "Bruxelles", "postal_code": ""}, Lost.PLACE),
        ("vlg-101", {"municipality": "Lir", "postal_code": ""}, None),
        (CLEMATIS_7, {"municipality": "", "postal_code": ""}, None),
        (DAMPREMY_CH, {}, None),
        (DAMPREMY_CH, {"street": "Rue de Dampremy"}, Lost.ADDRESS),
    ],
)
def test_the_rule_of_enough(address: str, fields: dict[str, Any], lost: Lost | None) -> None:
    target = find_target(address)
    assert RULE.find_lost(write(target, **fields), target) == lost


def test_the_same_seed_writes_the_same_rows() -> None:
    def write_rows(seed: int) -> list[str]:
        chance = make_chance(seed)
        targets = islice(draw_targets(INDEX, chance), 200)
        return [repr(spoil_naturally(target, chance)) for target in targets]

    assert write_rows(1) == write_rows(1)
    assert write_rows(1) != write_rows(2)


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_alone_changes_the_question(kind: Kind) -> None:
    chance = make_chance(4)
    rows = [spoil_by(kind, target, chance) for target in islice(draw_targets(INDEX, chance), 300)]
    spoilt = [row for row in rows if row is not None]
    assert spoilt
    assert all(row.make_question() for row in spoilt)


def test_every_kind_has_a_share_of_the_mix() -> None:
    assert set(SPOILS) == set(Kind)
    assert all(0 < share < 1 for share, _ in SPOILS.values())


@pytest.mark.parametrize(
    ("change", "text", "some"),
    [
        (spoiling.glue, "Rue de l'Église", {"Ruede l'Église", "Rue del'Église", "Rue de lÉglise"}),
        (spoiling.split, "Clematisweg", {"Clematis weg", "Clematis-weg"}),
        (spoiling.abbreviate, "Kerkstraat", {"Kerkstr.", "Kerkstr"}),
        (spoiling.misread, "10", {"l0", "1O"}),
        (lambda text, _: spoiling.lose_accents(text), "Chaussée du Cœur", {"Chaussee du Coeur"}),
    ],
)
def test_words_are_spoilt_as_people_and_scanners_do(change: Any, text: str, some: set[str]) -> None:
    seen = {change(text, make_chance(seed)) for seed in range(200)}
    assert some <= seen


def test_a_typo_is_one_slip() -> None:
    for seed in range(100):
        wrong = spoiling.mistype("Kerkstraat", make_chance(seed))
        assert abs(len(wrong) - len("Kerkstraat")) <= 1


def test_orders_and_layouts() -> None:
    target = find_target(KERK_2_BOX)
    row = write(target, joint=", ", comma=" ", box_style=" bus {}", order=ORDERS[2])
    assert row.make_question().text == "2 bus 3 Kerkstraat, 2500 Lier"
    fields = replace(row, layout=Layout.FIELDS).make_question()
    assert (fields.text, fields.house_number, fields.box_number) == ("", "2", "3")
    confused = replace(row, layout=Layout.CONFUSED).make_question()
    assert (confused.street_name, confused.municipality) == ("Kerkstraat 2 bus 3", "2500 Lier")


def test_twins_are_one_target() -> None:
    target = find_target("bru-501")
    assert replace(target, box_label="B001").is_hit(INDEX, IDS["bru-501"])
    assert not target.is_hit(INDEX, IDS["bru-502"])
    assert not target.is_hit(INDEX, -1)


def test_a_candidate_may_be_what_the_target_is_in() -> None:
    target = find_target(KERK_2_BOX)
    building = Candidate(
        level=MatchLevel.BUILDING, municipality=0, street=target.street, address=IDS[KERK_2]
    )
    assert target.is_in(INDEX, building)
    assert not target.is_in(INDEX, replace(building, address=IDS[KERK_8]))
    assert not target.is_in(INDEX, replace(building, level=MatchLevel.BOX))
    street = replace(building, level=MatchLevel.STREET, address=-1)
    assert target.is_in(INDEX, street)
    assert not target.is_in(INDEX, replace(street, street=target.street + 1))


def test_scores_are_shares_drawn_to_those_of_the_wider_bin() -> None:
    def answer(*unresolved: str) -> Answer:
        return Answer(
            verdict=Verdict.CORRECTED,
            category=Category.B,
            score=0,
            match_level=MatchLevel.BUILDING,
            unresolved=unresolved,
        )

    told = [(answer(), n % 10 > 0) for n in range(1_000)] + [(answer("x"), False)] * 100
    scores = fit(told)
    assert scores["corrected"] == pytest.approx(900 / 1_100)
    assert scores["corrected building left"] < 0.05
    assert fit(told[:1_001]).keys() == {"corrected", "corrected building"}


def test_the_bench_of_matching_on_a_small_register(tmp_path: Path) -> None:
    report, misses = Report(settings={}), tmp_path / "misses"
    measure_match(INDEX, RULE, 40, report, misses)
    figures = {figure.name: figure for figure in report.figures}
    assert figures["match: wrong without noise"].value == 0
    assert figures["match: wrong without noise"].verdict == "met"
    assert {f"match: {kind}: right" for kind in Kind} < figures.keys()
    assert report.tables["match"]["natural mix"]["rows"] > 30
    for line in misses.read_text().splitlines():
        assert {"question", "meant", "got"} <= json.loads(line).keys()


def test_a_score_that_keeps_its_word_has_no_error() -> None:
    assert find_calibration_error([(0.5, True), (0.5, False)]) == 0
    assert find_calibration_error([(1.0, True), (1.0, False)]) == pytest.approx(0.5)
