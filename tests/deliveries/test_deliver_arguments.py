"""What `./best deliver` is told: keys, addresses, moments, languages."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from joserfc.jwk import ECKey, OKPKey

from deploy.client_keys import read_private_key, sign_assertion
from deploy.commands import deliver
from deploy.door_client import check_door_url
from registry.domain.errors import InputRefused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def key() -> ECKey:
    return ECKey.generate_key("P-256")


@pytest.mark.parametrize(
    "url",
    [
        "http://deliveries.example.be",
        "ftp://127.0.0.1",
        "https://",
        "https://me@example.be",
        "https://example.be?x=1",
        "127.0.0.1:8010",
    ],
)
def test_no_token_goes_where_others_listen(url: str) -> None:
    with pytest.raises(InputRefused, match="no address of a door"):
        check_door_url(url)


def test_the_address_of_a_door_is_its_name() -> None:
    assert check_door_url("https://deliveries.example.be/") == "https://deliveries.example.be"
    assert check_door_url(deliver.DOOR_URL) == deliver.DOOR_URL


def test_keys_of_both_kinds_sign_and_others_are_refused(tmp_path: Path, key: ECKey) -> None:
    path = tmp_path / "key"

    def write(content: object) -> Path:
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    edwards = OKPKey.generate_key("Ed25519")
    given = read_private_key(write(edwards.as_dict(private=True)))
    now = datetime(2026, 11, 20, tzinfo=UTC)
    assert sign_assertion(given, "a", deliver.DOOR_URL, now).count(".") == 2
    with pytest.raises(InputRefused, match="there is no such file"):
        read_private_key(tmp_path / "nokey.pem")
    other_curve = ECKey.generate_key("P-384").as_dict(private=True)
    others: list[object] = [key.as_dict(private=False), other_curve, {"kty": "EC"}, [], "text"]
    for content in others:
        with pytest.raises(InputRefused, match=str(path)):
            read_private_key(write(content))


def test_a_moment_says_its_time_zone() -> None:
    assert deliver.read_moment("2026-11-20T04:00:00Z") == datetime(2026, 11, 20, 4, tzinfo=UTC)
    for text in ("2026-11-20T04:00:00", "yesterday"):
        with pytest.raises(argparse.ArgumentTypeError):
            deliver.read_moment(text)


@pytest.mark.parametrize(
    ("environment", "given", "language"),
    [
        ({"LANG": "fr_BE.UTF-8"}, None, "fr"),
        ({"LANG": "fr_BE.UTF-8", "LC_ALL": "nl_BE"}, None, "nl"),
        ({"LANG": "C"}, None, "en"),
        ({"LANG": "fr_BE"}, "de", "de"),
    ],
)
def test_the_language_is_that_of_the_environment(
    environment: dict[str, str],
    given: str | None,
    language: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert deliver.choose_language(given) == language
