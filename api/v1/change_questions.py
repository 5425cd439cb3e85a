"""What is asked of the changes: which, after which number, between which releases."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from api.exchange import Exchange
from api.problems import Issue, Problem, make_bad_request, make_history_gone
from api.v1.feed_parameters import ChangeListParameters
from api.v1.moments import read_moment
from registry.clock import utc_now
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.reading.changes import ChangeFilter
from registry.store.reading.register_state import RegisterState

_RESOURCES = {resource.plural: resource for resource in Resource}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeQuestion:
    """Which changes are asked for: those with numbers above `after`, up to `end` at most.

    `is_settled`: no release to come can change what is between. A release with an earlier moment
    than now may still be committed, so a moment is settled once a later release is known.
    """

    condition: ChangeFilter
    region: Region | None
    after: int
    end: int
    limit: int
    is_settled: bool = False

    @property
    def begin(self) -> int:
        """The number from which on history is needed."""
        return self.after if self.condition.between is None else self.condition.between[0]

    @property
    def is_for_all(self) -> bool:
        """Whether there are no conditions."""
        return self.region is None and self.condition == ChangeFilter()

    def list_ranges(self, state: RegisterState, end: int) -> Iterator[tuple[int, int]]:
        """Yield the numbers to look through, up to `end`: a release is of one region."""
        if self.region is None:
            yield self.after, end
            return
        for release in state.releases:
            begin, until = max(self.after, release.first_seq - 1), min(release.last_seq, end)
            if release.region is self.region and begin < until:
                yield begin, until


async def hear_news(exchange: Exchange, parameters: ChangeListParameters) -> Exchange:
    """Return the exchange in the newest release, if another worker may have heard of it first."""
    numbers = [int(text) for text in (parameters.since, parameters.to) if text and text.isdigit()]

    return await hear_of(exchange, parameters.after, max([*numbers, 0]))


async def hear_of(exchange: Exchange, seq: int, number: int = 0) -> Exchange:
    """Return the exchange in a state that knows a change and a release, if there is one."""

    def is_told(state: RegisterState) -> bool:
        known = state.releases[-1].number if state.releases else 0
        return seq <= state.seq and number <= known

    if is_told(exchange.state):
        return exchange
    state = await exchange.services.watcher.hear_news(is_told)
    return replace(exchange, state=state, seq=state.seq)


def read_question(exchange: Exchange, parameters: ChangeListParameters) -> ChangeQuestion:
    """Return what is asked for; 400 when it is to come, 410 when it is kept no more."""
    region, resource, code = parameters.region, parameters.resource, parameters.municipality_code
    question = ChangeQuestion(
        condition=ChangeFilter(
            resource=None if resource is None else _RESOURCES[resource],
            municipality_id=None if code is None else str(code),
        ),
        region=None if region is None else Region.from_iso_code(region),
        after=parameters.after,
        end=exchange.seq,
        limit=parameters.limit,
    )
    if parameters.since is None and parameters.to is None:
        return replace(question, after=find_start(exchange, parameters.after))
    check_is_out(exchange, parameters.after)
    since, to = _read_period(exchange, parameters)
    return replace(
        question,
        condition=replace(question.condition, between=(since.seq, to.seq)),
        after=max(find_start(exchange, since.seq), parameters.after),
        end=to.seq,
        is_settled=since.is_settled and to.is_settled,
    )


def check_is_out(exchange: Exchange, after: int) -> None:
    """Refuse a number that is to come."""
    newest = exchange.state.seq
    if after > newest:
        detail = f"The newest change is number {newest}; {after} is to come."
        raise _refuse("after", "outOfRange", detail, after)


def find_start(exchange: Exchange, after: int) -> int:
    """Return the number to read from: a sample that was withdrawn is passed over."""
    state = exchange.state
    withdrawn = state.releases[0].first_seq - 1 if state.releases else 0
    check_is_out(exchange, after)
    if 0 < after <= withdrawn:
        problem = make_history_gone(withdrawn, exchange.services.base_url)
        problem.detail = (
            f"The numbers up to {withdrawn} were the sample's, which gave way to real data: begin"
            " with the snapshot."
        )
        raise problem
    if after < state.oldest_seq:
        raise make_history_gone(state.oldest_seq, exchange.services.base_url)
    return max(after, withdrawn)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    """The number that a release or a moment stands for; settled when it always will."""

    seq: int
    moment: datetime | None = None
    is_settled: bool = True


def _read_period(exchange: Exchange, parameters: ChangeListParameters) -> tuple[_Point, _Point]:
    """Return between what differences are asked for."""
    state = exchange.state
    if parameters.since is None:
        raise _refuse("from", "requiredInput", "to is given without from.", None)
    since = _read_point(state, "from", parameters.since)
    to = _Point(seq=state.seq, is_settled=False)
    if parameters.to is not None:
        to = _read_point(state, "to", parameters.to)
    is_reversed = since.moment and to.moment and since.moment > to.moment
    if is_reversed or since.seq > to.seq:
        raise _refuse("from", "invalidPeriod", "from is later than to.", parameters.since)
    return since, to


def _read_point(state: RegisterState, name: str, text: str) -> _Point:
    """Return the last number of a release, or of the newest one at a moment."""
    if text.isdigit():
        release = state.find_release_by_number(int(text))
        if release is None and int(text) > 0:
            detail = f"{name}: there is no release {text}. /v1/releases lists them."
            raise _refuse(name, "outOfRange", detail, text)
        return _Point(seq=release.last_seq if release else 0)
    try:
        moment = read_moment(text)
    except (ValueError, OverflowError):
        detail = f"{name} is the number of a release, a date, or a date-time with its offset."
        raise _refuse(name, "invalidInput", detail, text) from None
    if moment > max(utc_now(), *(release.published_at for release in state.releases[-1:])):
        raise _refuse(name, "outOfRange", f"{name} is in the future.", text)
    release = state.find_release_at(moment)
    return _Point(
        seq=release.last_seq if release else 0,
        moment=moment,
        is_settled=any(release.published_at > moment for release in state.releases[-1:]),
    )


def _refuse(name: str, kind: str, detail: str, value: object) -> Problem:
    return make_bad_request([Issue(name=name, kind=kind, detail=detail, value=value)])
