"""Reasons in words, and answers that somebody holds too unsure to be told."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from registry.search.answers import Answer, Category, Reason, Verdict


@cache
def read_reasons() -> Mapping[Reason, Mapping[str, str]]:
    """Return a sentence per reason and language (nl, fr, de, en), as reasons.toml has them."""
    text = Path(__file__).with_name("reasons.toml").read_text(encoding="utf-8")
    return {Reason(name): sentences for name, sentences in tomllib.loads(text).items()}


def withhold(answer: Answer, minimum: float) -> Answer:
    """Return an answer that is sure enough as it is; of another only that it is below the minimum.

    What was found, components included, is then not told at all: who sets a minimum wants nothing
    that could be taken for an address. The score stays.
    """
    if answer.score >= minimum or answer.verdict in {Verdict.NOT_FOUND, Verdict.FOREIGN}:
        return answer
    return Answer(
        verdict=Verdict.NOT_FOUND,
        category=Category.C,
        score=answer.score,
        reasons=(Reason.BELOW_MINIMUM,),
    )
