"""Reading by learned shapes gives what the XML parser gives, wherever the stream breaks."""

from __future__ import annotations

from dataclasses import replace
from xml.sax.saxutils import escape, quoteattr

from hypothesis import given, settings
from hypothesis import strategies as st

from importers.unknowns import Unknowns
from registry.domain.errors import InputRefused
from registry.domain.records import Rejection
from registry.domain.region import Region
from registry.domain.resource import Resource
from tests.database.editions import Address, Edition, wrap
from tests.unit.best_xml.reading import read_rows

ODD = ["\u00a0", "\x85", "\u2028", "]", "'", '"', "&", "<", ">", "\t", "\n", "\x7f", "é", "ﬁ"]
WORDS = st.text(st.sampled_from([*"aA0 19/.-", *ODD]), max_size=6)
RAW = st.one_of(
    WORDS.map(escape),
    st.sampled_from(
        [
            "&#x1;",
            "\x01",
            "A\x02",
            "\x03A",
            "\ufffe",
            "<![CDATA[<x>]]>",
            "<!-- c -->5",
            "a]]b",
            "a]]>b",
        ]
    ),
    st.sampled_from(["text1", "text5", "attribute1", "1", "2024-01-01T00:00:00Z", "true"]),
)
MOMENTS = st.one_of(st.just("2024-01-01T00:00:00Z"), WORDS)
SPACES = st.sampled_from(["", "\n", "\n  ", "\r\n", "<!-- between -->", "<?pi?>"])


@st.composite
def records(draw: st.DrawFn) -> str:
    """One address whose elements, texts, order and spacing are drawn."""
    space = draw(SPACES)
    attributes = "".join(
        f" {name}={quoteattr(draw(MOMENTS))}"
        for name in draw(
            st.sampled_from(
                [(), ("beginLifeSpanVersion",), ("beginLifeSpanVersion", "endLifeSpanVersion")]
            )
        )
    )
    parts = [
        (
            f"<com:code><com:objectIdentifier>{draw(RAW)}</com:objectIdentifier>"
            f"{space}<com:versionIdentifier>{draw(RAW)}</com:versionIdentifier></com:code>"
        ),
        f"<com:houseNumber>{draw(RAW)}</com:houseNumber>",
        "<com:hasStreetName><com:objectIdentifier>5</com:objectIdentifier></com:hasStreetName>",
        (
            "<com:hasMunicipality><com:objectIdentifier>21004</com:objectIdentifier>"
            "</com:hasMunicipality>"
        ),
    ]
    extra = st.sampled_from(
        [
            f"<com:boxNumber>{draw(RAW)}</com:boxNumber>",
            f"<com:surprise a='1'>{draw(RAW)}</com:surprise>",
            f"<com:addressStatus><com:status>{draw(RAW)}</com:status></com:addressStatus>",
            "<com:boxNumber/>",
        ]
    )
    parts += draw(st.lists(extra, max_size=2, unique=True))
    body = space.join(draw(st.permutations(parts)))
    return f"{draw(SPACES)}<tns:address{attributes}>{body}</tns:address>"


def in_file(rows: str) -> str:
    return wrap(Resource.ADDRESS, Region.BRUSSELS, "2026-11-02", rows)


def read_without_place(xml: str, unknowns: Unknowns) -> list[object] | str:
    """Return rows without their offsets, or the word that the file was refused."""
    try:
        rows = read_rows(xml, region=Region.BRUSSELS, unknowns=unknowns)
    except InputRefused:
        return "refused"
    return [
        replace(row, offset=0)
        if isinstance(row, Rejection)
        else replace(row, provenance=replace(row.provenance, offset=0))
        for row in rows
    ]


@settings(max_examples=300, deadline=None)
@given(st.lists(records(), min_size=1, max_size=3), st.integers(1, 3))
def test_a_record_says_the_same_alone_and_after_others_of_its_shape(
    rows: list[str], times: int
) -> None:
    # Alone, a record is always read by the XML parser; in company, by what was learned.
    together, apart = Unknowns(), Unknowns()
    company = rows * times

    found = read_without_place(in_file("".join(company)), together)

    alone = [read_without_place(in_file(row), apart) for row in company]
    if "refused" in alone:
        assert found == "refused"
    else:
        assert found == [row for (row,) in alone]
        assert together.to_json() == apart.to_json()


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_texts_that_differ_in_one_shape_are_read_as_the_parser_reads_them(
    data: st.DataObject,
) -> None:
    shape = (
        "\n<tns:address beginLifeSpanVersion={}><com:code><com:objectIdentifier>{}"
        "</com:objectIdentifier></com:code><com:houseNumber>{}</com:houseNumber><com:hasStreetName>"
        "<com:objectIdentifier>5</com:objectIdentifier></com:hasStreetName><com:hasMunicipality>"
        "<com:objectIdentifier>21004</com:objectIdentifier></com:hasMunicipality></tns:address>"
    )
    plain = shape.format('"2014-01-01T00:00:00Z"', "7", "12A")
    odd = shape.format(quoteattr(data.draw(MOMENTS)), data.draw(RAW), data.draw(RAW))

    alone = read_without_place(in_file(odd), Unknowns())
    found = read_without_place(in_file(plain + plain + odd), Unknowns())

    assert found == "refused" if alone == "refused" else found[2:] == alone


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 200),
    st.lists(st.builds(Address, id=st.integers(0, 9).map(str), number=WORDS), max_size=4),
)
def test_where_the_stream_breaks_does_not_matter(size: int, addresses: list[Address]) -> None:
    (xml,) = [
        xml for name, xml in Edition(addresses=addresses).write_files().items() if "Address" in name
    ]
    whole = read_without_place(xml, Unknowns())

    if whole == "refused":
        return
    pieces = read_rows(xml, region=Region.BRUSSELS, size=size)
    assert pieces == read_rows(xml, region=Region.BRUSSELS)
