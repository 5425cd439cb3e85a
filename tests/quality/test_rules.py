"""Every rule of the catalogue rings on its rejected example, and not on its accepted one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from geo.pipelines import HELMERT
from geo.projection import Projection
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.exports.best_xml import write_mutation_xml
from registry.publication import judgement
from registry.quality import values
from registry.quality.inspection import RULES_IN_SQL, inspect_region
from registry.quality.outlines import import_outlines
from registry.quality.rules import LANGUAGES, Rule, RuleKind, Severity, find_rule, list_rules
from registry.quality.values import Value
from registry.store.connections import Role, connect
from tests.database.editions import VALID, import_editions, import_path
from tests.database.querying import fetch_open_findings
from tests.quality.rejected_country import ANTWERP, GHENT, OUTLINE, make_country

if TYPE_CHECKING:
    from pathlib import Path

    from registry.settings import Settings

LATER = datetime(2026, 11, 9, tzinfo=UTC)
RULES = {rule.id: rule for rule in list_rules()}
ON_VALUES = {
    rule: (table, find)
    for table in (
        values.HOUSE_NUMBER_RULES,
        values.BOX_NUMBER_RULES,
        values.POST_CODE_RULES,
        values.STREET_NAME_RULES,
        values.MUNICIPALITY_NAME_RULES,
        values.LANGUAGES_RULES,
        values.MUNICIPALITY_CODE_RULES,
    )
    for rule, find in table.items()
}
OBJECTS = {  # of rules on municipalities, which cannot be named freely
    "municipalityGone": ("44083", "44011"),
    "municipalityNameUnknown": (GHENT, ANTWERP),
}
ELSEWHERE = {
    "nameDiffersBetweenLists": "tests/database/test_precedence.py",  # takes files of two formats
}


def import_mutations(settings: Settings, folder: Path) -> None:
    """A file of mutations that deletes what never was, and brings a version of before."""
    older = {
        "houseNumber": "45",
        "lifeSpanBegin": "2014-04-04T16:44:32+00:00",
        "municipality": GHENT,
        "objectIdentifier": "olderVersion-rejected",
        "postalInfo": "9000",
        "status": "current",
        "streetName": "here",
        "validFrom": VALID.replace("Z", "+00:00"),
        "versionIdentifier": "1",
    }
    newer = older | {
        "houseNumber": "43",
        "objectIdentifier": "olderVersion-accepted",
        "versionIdentifier": "3",
    }
    deletes = [
        {"objectIdentifier": "unknownDeletion-rejected"},
        {"objectIdentifier": "unknownDeletion-accepted"},
    ]
    path = folder / "mutations.xml"
    place = Region.FLANDERS, Resource.ADDRESS
    path.write_bytes(b"".join(write_mutation_xml(*place, [older, newer], deletes, LATER)))
    assert import_path(settings, path).failure is None


@pytest.fixture(scope="module")
def found(
    module_register: Settings, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, set[str]]:
    """The objects that each rule rings on, in a country that has something of everything."""
    folder = tmp_path_factory.mktemp("country")
    outlines = folder / "outlines.geojson"
    outlines.write_text(json.dumps({"type": "FeatureCollection", "features": [OUTLINE]}))
    with connect(module_register, Role.IMPORTER, autocommit=True) as connection:
        import_outlines(
            connection, outlines, lambda _: None, projection=Projection(HELMERT), now=LATER
        )
        assert import_editions(module_register, make_country()).failure is None
        import_mutations(module_register, folder)
        inspect_region(connection, Region.FLANDERS, progress=lambda _: None)
    objects: dict[str, set[str]] = {}
    for rule, _, object_id, _ in fetch_open_findings(module_register):
        objects.setdefault(rule, set()).add(object_id)
    return objects


@pytest.mark.parametrize("rule", sorted(RULES.keys() - ELSEWHERE))
def test_a_rule_rings_on_what_is_rejected_and_not_on_what_is_accepted(
    rule: str, found: dict[str, set[str]]
) -> None:
    accepted, rejected = OBJECTS.get(rule, (f"{rule}-accepted", f"{rule}-rejected"))

    assert rejected in found.get(rule, set())
    assert accepted not in found[rule]


@pytest.mark.parametrize("rule", sorted(ON_VALUES))
def test_the_examples_of_a_rule_on_values_are_judged_as_they_say(rule: str) -> None:
    _, find = ON_VALUES[rule]

    assert find(read_example(RULES[rule].accepted)) is None
    assert find(read_example(RULES[rule].rejected))


def read_example(text: str) -> Value:
    """`TEXT in NIS`, or the text alone."""
    words, _, code = text.rpartition(" in ")
    place = Region.BRUSSELS if code.startswith("21") else Region.FLANDERS
    if not words or not code.isdigit():
        return Value(text=text, region=Region.FLANDERS)
    return Value(text=words, region=place, municipality_id=code)


class TestTheCatalogue:
    def test_it_has_every_rule_that_there_is_and_no_other(self) -> None:
        kinds = {kind: {rule.id for rule in list_rules() if rule.kind is kind} for kind in RuleKind}

        assert kinds[RuleKind.INSPECTION] == {*RULES_IN_SQL, *ON_VALUES}
        assert kinds[RuleKind.FILE] == {*judgement.RULES_ON_FILES}
        assert kinds[RuleKind.PUBLICATION] == {
            *judgement.RULES_ON_ALL,
            *judgement.RULES_ON_ADDRESSES,
        }

    @pytest.mark.parametrize("rule", list_rules(), ids=lambda rule: rule.id)
    def test_every_rule_is_told_in_four_languages(self, rule: Rule) -> None:
        texts = rule.texts
        assert tuple(texts) == LANGUAGES
        for text in texts.values():
            assert 5 <= len(text.title) <= 60
            assert text.explanation.endswith(".")
            assert text.mending.endswith(".")
        assert len({text.explanation for text in texts.values()}) == len(LANGUAGES)

    def test_a_rule_is_found_by_its_id(self) -> None:
        rule = find_rule("positionZero")

        assert rule is not None
        assert rule.severity is Severity.WARNING
        assert find_rule("positionzero") is None


@pytest.mark.parametrize(
    ("text", "is_damaged"),
    [
        ("LiÃ¨ge", True),
        ("Li?ge", True),
        ("M\x81nchenlaan", True),
        ("2„Et", True),
        ("Li\ufffdge", True),
        ("Liège", False),
        ("Ça va?", False),
        ("Rue du Puits n°4", False),
        ("Sankt Vith, Büchelstraße", False),
        ("Rue de l'Âne", False),
    ],
)
def test_damage_is_told_from_accents(text: str, is_damaged: bool) -> None:
    found = values.find_encoding_damage(Value(text=text, region=Region.FLANDERS))

    assert bool(found) is is_damaged
    assert found is None or found.isprintable()


@pytest.mark.parametrize("name", ["de Lannoystraat", "d'Hannetairestraat", "'t Hof te Overbeke"])
def test_a_particle_may_begin_a_name(name: str) -> None:
    assert values.find_lower_case_name(Value(text=name, region=Region.FLANDERS)) is None


def test_a_code_that_went_is_well_in_a_file_of_before() -> None:
    before = Value(
        text="44011", region=Region.FLANDERS, as_of=datetime(2018, 5, 1, tzinfo=UTC).date()
    )

    assert values.find_gone_municipality(before) is None


def test_post_codes_of_a_municipality_that_went_are_those_of_its_successor() -> None:
    address = Value(text="9800", region=Region.FLANDERS, municipality_id="44011")

    assert values.find_foreign_post_code(address) is None
