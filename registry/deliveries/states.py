"""What can become of a delivery, by whom: a state machine without a database.

The door and the worker ask the same functions, so neither allows what the other refuses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from registry.domain.region import Region
from registry.domain.resource import Resource

MOST_ATTEMPTS = 8
"""Failures in a row after which a delivery stays failed until its owner asks again."""
EXPIRY_WARNING = timedelta(days=30)
WORKER = "worker"
"""The actor of what happens by itself; no client can be called so."""


class State(StrEnum):
    """Where a delivery is; the words of the API."""

    CREATED = "created"
    RECEIVING = "receiving"
    RECEIVED = "received"
    CHECKING = "checking"
    CHECKED = "checked"
    AWAITING = "awaitingSecondPerson"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    FAILED = "failed"


ENDED = frozenset({State.PUBLISHED, State.REJECTED, State.WITHDRAWN, State.SUPERSEDED})
PREVIEWED = frozenset({State.CHECKED, State.AWAITING})
"""States in which a preview holds and publication can be asked for."""

_BY_CLIENT: Mapping[State, frozenset[State]] = {
    State.CREATED: frozenset({State.RECEIVING, State.WITHDRAWN}),
    State.RECEIVING: frozenset({State.RECEIVED, State.WITHDRAWN}),
    State.RECEIVED: frozenset({State.WITHDRAWN}),
    State.CHECKING: frozenset({State.WITHDRAWN}),
    State.CHECKED: frozenset(
        {State.PUBLISHING, State.AWAITING, State.RECEIVED, State.WITHDRAWN},
    ),
    State.AWAITING: frozenset({State.PUBLISHING, State.RECEIVED, State.WITHDRAWN}),
    State.FAILED: frozenset({State.RECEIVED, State.WITHDRAWN}),
    State.PUBLISHED: frozenset({State.PUBLISHED}),  # its roll-back is asked for
}
_BY_WORKER: Mapping[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.CHECKING}),
    State.CHECKING: frozenset({State.CHECKED, State.REJECTED, State.FAILED}),
    State.CHECKED: frozenset({State.RECEIVED}),
    State.AWAITING: frozenset({State.RECEIVED}),
    State.PUBLISHING: frozenset(
        {State.PUBLISHED, State.RECEIVED, State.CHECKED, State.FAILED},
    ),
    State.FAILED: frozenset({State.CHECKING, State.PUBLISHING, State.FAILED}),
    State.PUBLISHED: frozenset({State.PUBLISHED}),  # it was rolled back, or could not be
}


def may_change(state: State, to: State, actor: str) -> bool:
    """Whether `actor` (a client, or WORKER) may bring a delivery from `state` into `to`."""
    if actor != WORKER:
        return to in _BY_CLIENT.get(state, ())
    if to is State.SUPERSEDED:
        return state not in ENDED
    return to in _BY_WORKER.get(state, ())


class AuthorisationState(StrEnum):
    """Where an authorisation is in its life; expiring: it ends within thirty days."""

    FUTURE = "future"
    ACTIVE = "active"
    EXPIRING = "expiring"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """What an agency may deliver of a region in [valid_from, valid_to), and who needs no second."""

    agency_id: str
    region: Region
    kinds: frozenset[Resource]
    valid_from: datetime
    valid_to: datetime
    publishing_alone: frozenset[str]

    def state_at(self, now: datetime) -> AuthorisationState:
        """Return where it is in its life at a moment."""
        if now >= self.valid_to:
            return AuthorisationState.EXPIRED
        if now < self.valid_from:
            return AuthorisationState.FUTURE
        if now >= self.valid_to - EXPIRY_WARNING:
            return AuthorisationState.EXPIRING
        return AuthorisationState.ACTIVE

    def holds_at(self, now: datetime) -> bool:
        """Whether anything may be delivered or published by it at a moment."""
        return self.valid_from <= now < self.valid_to


class Refusal(StrEnum):
    """Why a publication or a roll-back may not be."""

    NOT_CHECKED = "notChecked"
    NO_AUTHORISATION = "noAuthorisation"
    SAME_PERSON = "samePerson"
    NOT_PUBLISHED = "notPublished"
    ALREADY_UNDONE = "alreadyUndone"
    NOT_NEWEST = "notNewest"
    EARLIER_FIRST = "earlierFirst"
    FIRST_RELEASE = "firstRelease"
    NOT_CONCERNED = "notConcerned"


_REFUSALS = {
    Refusal.NOT_CHECKED: "Only a delivery that was checked, and has a preview, can be published.",
    Refusal.NO_AUTHORISATION: "The agency's authorisation for the region does not hold now.",
    Refusal.SAME_PERSON: "A second person must look: another client than the one that asked first.",
    Refusal.NOT_PUBLISHED: "Only a delivery that became a release can be rolled back.",
    Refusal.ALREADY_UNDONE: "The delivery was rolled back already, or is being so.",
    Refusal.NOT_NEWEST: "Only the region's newest release can be rolled back.",
    Refusal.EARLIER_FIRST: (
        "Delivery {} is of an earlier time, and mutations are published in their order: publish or"
        " withdraw that one first."
    ),
    Refusal.FIRST_RELEASE: (
        "It is the region's first release, and nothing would be left: only the register's operator"
        " can roll it back."
    ),
    Refusal.NOT_CONCERNED: (
        "Only who publishes alone, or wanted this delivery published, can roll it back."
    ),
}


class Refused(Exception):
    """A publication or a roll-back may not be; `refusal` says why, the text in a sentence."""

    def __init__(self, refusal: Refusal, *named: str) -> None:
        super().__init__(_REFUSALS[refusal].format(*named))
        self.refusal = refusal


def is_approved(
    approvers: frozenset[str], authorisation: Authorisation | None, *, rings: bool, now: datetime
) -> bool:
    """Whether a delivery may be published now: the one rule of publication.

    Two clients of the agency want it, or one that publishes alone and no guard rang. `approvers`
    are only those that are still members of an agency that is not suspended.
    """
    if authorisation is None or not authorisation.holds_at(now):
        return False
    return len(approvers) >= 2 or (not rings and bool(approvers & authorisation.publishing_alone))


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationAsked:
    """A client asks for publication; `publisher` is who asked first, when somebody did.

    `earlier`: a delivery that mutations must not overtake, None where there is none.
    """

    state: State
    publisher: str | None
    client_id: str
    rings: bool
    authorisation: Authorisation | None
    earlier: str | None


def decide_publication(asked: PublicationAsked, now: datetime) -> State:
    """Return what a delivery comes into when its publication is asked for: PUBLISHING or AWAITING.

    Refused: it is not checked, the authorisation does not hold, another delivery comes first, or
    who asks is the first again.
    """
    if asked.state not in PREVIEWED:
        raise Refused(Refusal.NOT_CHECKED)
    if asked.authorisation is None or not asked.authorisation.holds_at(now):
        raise Refused(Refusal.NO_AUTHORISATION)
    if asked.earlier is not None:
        raise Refused(Refusal.EARLIER_FIRST, asked.earlier)
    first = asked.publisher if asked.state is State.AWAITING else None
    if first == asked.client_id:
        raise Refused(Refusal.SAME_PERSON)
    approvers = frozenset({asked.client_id, first or asked.client_id})
    approved = is_approved(approvers, asked.authorisation, rings=asked.rings, now=now)
    return State.PUBLISHING if approved else State.AWAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoingAsked:
    """A client asks for a roll-back; `newest_release` is the region's, 0 when it has none.

    `undone`: it was rolled back already, or is being so. `is_first`: before it there was nothing.
    `publishers`: who wanted the delivery published.
    """

    state: State
    release_number: int | None
    undone: bool
    newest_release: int
    authorisation: Authorisation | None
    client_id: str
    publishers: frozenset[str]
    is_first: bool


def check_undoing(asked: UndoingAsked, now: datetime) -> None:
    """Refuse a roll-back of what is not one's own region's newest release; asks no second person.

    But it is for who published it, or may publish alone, and never empties a region.
    """
    if asked.state is not State.PUBLISHED or asked.release_number is None:
        raise Refused(Refusal.NOT_PUBLISHED)
    if asked.authorisation is None or not asked.authorisation.holds_at(now):
        raise Refused(Refusal.NO_AUTHORISATION)
    if asked.client_id not in asked.publishers | asked.authorisation.publishing_alone:
        raise Refused(Refusal.NOT_CONCERNED)
    if asked.undone:
        raise Refused(Refusal.ALREADY_UNDONE)
    if asked.release_number != asked.newest_release:
        raise Refused(Refusal.NOT_NEWEST)
    if asked.is_first:
        raise Refused(Refusal.FIRST_RELEASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a delivery holds, for the others of its region; `kinds` by their plurals.

    `kinds` None: not known, for no check of it made a preview.
    """

    agency_id: str
    complete: bool
    extracted_at: datetime
    kinds: frozenset[str] | None

    def replaces(self, other: "Content") -> bool:
        """Whether nothing of the other, older one is left to publish once this one is."""
        return (
            self.agency_id == other.agency_id
            and self.complete
            and other.complete
            and other.extracted_at < self.extracted_at
            and None not in (self.kinds, other.kinds)
            and (other.kinds or frozenset()) <= (self.kinds or frozenset())
        )


def decide_after_release(state: State, content: Content, published: Content | None) -> State | None:
    """Return what another delivery of a region comes into after a new release; None: it stays.

    `published` is what was published, None for a roll-back. What it replaces need not be published
    any more; what else has a preview needs a new one, for it would change otherwise, and that
    check says whether the register still takes it.
    """
    if state in ENDED:
        return None
    if published is not None and published.replaces(content):
        return State.SUPERSEDED
    return State.RECEIVED if state in PREVIEWED else None
