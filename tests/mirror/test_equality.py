"""A mirror answers what the register answers that it mirrors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.serving import serving
from tests.mirror.asking import ask, list_questions

if TYPE_CHECKING:
    from tests.mirror.conftest import Follower


def test_a_mirror_from_a_snapshot_answers_the_same(follower: Follower) -> None:
    assert follower.run() == 3
    with serving(follower.settings) as mirror:
        for question in list_questions(3, follower.fetch_position().seq):
            assert ask(mirror, question) == ask(follower.upstream.client, question), question
    assert follower.verify().difference is None
