"""The state machine of a delivery, without a database: who may what, and what never happens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from registry.deliveries.states import (
    ENDED,
    WORKER,
    Authorisation,
    AuthorisationState,
    Content,
    PublicationAsked,
    Refusal,
    Refused,
    State,
    UndoingAsked,
    check_undoing,
    decide_after_release,
    decide_publication,
    is_approved,
    may_change,
)
from registry.domain.region import Region
from registry.domain.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")
NOW = datetime(2026, 11, 23, tzinfo=UTC)
CLIENTS = ("anna", "bert", "cron")
states = st.sampled_from(State)
moments = st.integers(-400, 400).map(lambda days: NOW + timedelta(days=days))


@st.composite
def authorisations(draw: st.DrawFn) -> Authorisation:
    valid_from, valid_to = sorted((draw(moments), draw(moments)))
    return Authorisation(
        agency_id="brussels",
        region=Region.BRUSSELS,
        kinds=frozenset(Resource),
        valid_from=valid_from,
        valid_to=valid_to,
        publishing_alone=draw(st.frozensets(st.sampled_from(CLIENTS))),
    )


HOLDING = Authorisation(
    agency_id="brussels",
    region=Region.BRUSSELS,
    kinds=frozenset(Resource),
    valid_from=NOW - timedelta(days=1),
    valid_to=NOW + timedelta(days=100),
    publishing_alone=frozenset({"cron"}),
)


def ask(question: Callable[[], Answer]) -> Answer | Refusal:
    """What was decided, or why it was refused."""
    try:
        return question()
    except Refused as refused:
        return refused.refusal


def test_every_state_is_reached_and_every_other_can_be_left() -> None:
    reached, found = {State.CREATED}, {State.CREATED}
    while found:
        found = {
            to
            for state in found
            for to in State
            for actor in (WORKER, "anna")
            if may_change(state, to, actor)
        } - reached
        reached |= found

    assert reached == set(State)
    for state in set(State) - ENDED:
        assert may_change(state, State.SUPERSEDED, WORKER)
        # Publishing is one transaction of the worker's: a client cannot come between.
        assert may_change(state, State.WITHDRAWN, "anna") is (state is not State.PUBLISHING)


@given(states, states, st.sampled_from([WORKER, "anna"]))
def test_nothing_leaves_its_end(state: State, to: State, actor: str) -> None:
    if state in ENDED and may_change(state, to, actor):
        assert (state, to) == (State.PUBLISHED, State.PUBLISHED)


def test_only_the_worker_publishes_rejects_and_supersedes_and_only_from_its_own_work() -> None:
    for to, origins in {
        State.PUBLISHED: {State.PUBLISHING, State.PUBLISHED},
        State.REJECTED: {State.CHECKING},
        State.CHECKED: {State.CHECKING, State.PUBLISHING},
        State.CHECKING: {State.RECEIVED, State.FAILED},
        State.FAILED: {State.CHECKING, State.PUBLISHING, State.FAILED},
    }.items():
        assert {state for state in State if may_change(state, to, WORKER)} == origins
    for to in (State.REJECTED, State.SUPERSEDED, State.CHECKED, State.CHECKING, State.FAILED):
        assert not any(may_change(state, to, "anna") for state in State)
    assert not any(may_change(state, State.WITHDRAWN, WORKER) for state in State)
    assert not any(may_change(state, State.AWAITING, WORKER) for state in State)
    assert not may_change(State.PUBLISHING, State.PUBLISHED, "anna")


@given(
    states,
    st.none() | st.sampled_from(CLIENTS),
    st.sampled_from(CLIENTS),
    st.booleans(),
    st.none() | authorisations(),
    st.none() | st.just("another"),
)
def test_what_the_door_lets_be_published_the_worker_approves(
    state: State,
    publisher: str | None,
    client: str,
    rings: bool,
    authorisation: Authorisation | None,
    earlier: str | None,
) -> None:
    assume(publisher or state is not State.AWAITING)  # somebody asked first
    asked = PublicationAsked(
        state=state,
        publisher=publisher,
        client_id=client,
        rings=rings,
        authorisation=authorisation,
        earlier=earlier,
    )
    told = ask(lambda: decide_publication(asked, NOW))
    assert (told is Refusal.NOT_CHECKED) is (state not in (State.CHECKED, State.AWAITING))
    if isinstance(told, Refusal):
        return
    to = told
    assert earlier is None
    assert authorisation is not None
    assert authorisation.valid_from <= NOW < authorisation.valid_to
    assert may_change(state, to, client)
    second = publisher if state is State.AWAITING else None
    assert second != client
    alone = client in authorisation.publishing_alone and not rings
    assert to is (State.PUBLISHING if second or alone else State.AWAITING)
    approvers = frozenset(filter(None, (client, second)))
    assert is_approved(approvers, authorisation, rings=rings, now=NOW) is (to is State.PUBLISHING)


@pytest.mark.parametrize(
    ("approvers", "rings", "at", "approved"),
    [
        ({"anna", "bert"}, True, NOW, True),
        ({"anna"}, False, NOW, False),
        ({"cron"}, False, NOW, True),
        ({"cron"}, True, NOW, False),
        (set(), False, NOW, False),
        ({"anna", "bert"}, False, HOLDING.valid_to, False),
        ({"anna", "bert"}, False, HOLDING.valid_from, True),
        ({"cron"}, False, HOLDING.valid_from - timedelta(seconds=1), False),
    ],
)
def test_the_rule_of_publication(
    approvers: set[str], rings: bool, at: datetime, approved: bool
) -> None:
    assert is_approved(frozenset(approvers), HOLDING, rings=rings, now=at) is approved
    assert not is_approved(frozenset(approvers), None, rings=rings, now=at)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, None),
        ({"state": State.CHECKED}, Refusal.NOT_PUBLISHED),
        ({"release_number": None}, Refusal.NOT_PUBLISHED),
        ({"undone": True}, Refusal.ALREADY_UNDONE),
        ({"newest_release": 8}, Refusal.NOT_NEWEST),
        ({"authorisation": None}, Refusal.NO_AUTHORISATION),
        ({"client_id": "bert"}, Refusal.NOT_CONCERNED),
        ({"client_id": "cron", "publishers": frozenset()}, None),  # publishes alone
        ({"is_first": True}, Refusal.FIRST_RELEASE),
    ],
)
def test_only_the_newest_release_of_ones_own_is_rolled_back(
    changes: dict[str, object], refusal: Refusal | None
) -> None:
    asked: dict[str, object] = {
        "state": State.PUBLISHED,
        "release_number": 7,
        "undone": False,
        "newest_release": 7,
        "authorisation": HOLDING,
        "client_id": "anna",
        "publishers": frozenset({"anna"}),
        "is_first": False,
    }
    undoing = UndoingAsked(**asked | changes)  # type: ignore[arg-type]
    assert ask(lambda: check_undoing(undoing, NOW)) is refusal


def test_a_refusal_names_what_must_be_published_first() -> None:
    asked = PublicationAsked(
        state=State.CHECKED,
        publisher=None,
        client_id="cron",
        rings=False,
        authorisation=HOLDING,
        earlier="a2a2",
    )
    with pytest.raises(Refused, match="Delivery a2a2 is of an earlier time") as refused:
        decide_publication(asked, NOW)
    assert refused.value.refusal is Refusal.EARLIER_FIRST


contents = st.builds(
    Content,
    agency_id=st.sampled_from(("brussels", "flanders")),
    complete=st.booleans(),
    extracted_at=moments,
    kinds=st.none() | st.frozensets(st.sampled_from(("addresses", "streetNames"))),
)


@given(states, contents, st.none() | contents)
def test_a_release_has_what_is_previewed_checked_anew_unless_it_replaces_it(
    state: State, content: Content, published: Content | None
) -> None:
    to = decide_after_release(state, content, published)

    if state in ENDED:
        assert to is None
    elif published is not None and published.replaces(content):
        assert to is State.SUPERSEDED
    else:
        # No preview outlives a release: its numbers would not be those of the publication.
        assert to is (State.RECEIVED if state in (State.CHECKED, State.AWAITING) else None)
    assert to is None or may_change(state, to, WORKER)


@pytest.mark.parametrize(
    ("of_other", "of_published", "replaced"),
    [
        ({}, {}, True),
        ({"kinds": frozenset({"addresses"})}, {}, True),
        ({}, {"kinds": frozenset({"addresses"})}, False),
        ({"kinds": None}, {}, False),
        ({}, {"kinds": None}, False),
        ({"agency_id": "flanders"}, {}, False),
        ({"complete": False}, {}, False),
        ({}, {"complete": False}, False),
        ({"extracted_at": NOW}, {}, False),
        ({"extracted_at": NOW + timedelta(days=1)}, {}, False),
    ],
)
def test_only_what_is_older_in_all_it_holds_is_replaced(
    of_other: dict[str, object], of_published: dict[str, object], replaced: bool
) -> None:
    facts: dict[str, object] = {
        "agency_id": "brussels",
        "complete": True,
        "extracted_at": NOW - timedelta(days=1),
        "kinds": frozenset({"addresses", "streetNames"}),
    }
    other = Content(**facts | of_other)  # type: ignore[arg-type]
    published = Content(**facts | {"extracted_at": NOW} | of_published)  # type: ignore[arg-type]
    assert published.replaces(other) is replaced


@given(authorisations(), moments)
def test_an_authorisation_is_warned_of_thirty_days_ahead(
    authorisation: Authorisation, at: datetime
) -> None:
    state = authorisation.state_at(at)

    holds = state in (AuthorisationState.ACTIVE, AuthorisationState.EXPIRING)
    assert holds is authorisation.holds_at(at)
    if holds:
        left = authorisation.valid_to - at
        assert (state is AuthorisationState.EXPIRING) is (left <= timedelta(days=30))
    else:
        assert (state is AuthorisationState.FUTURE) is (
            at < authorisation.valid_from and at < authorisation.valid_to
        )
