"""Files below /transparency: what is in the directory, and never what is beside it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    import httpx2

    from registry.settings import Settings

NOTE = "example.be/log\n7\nAAAA=\n\n\u2014 example.be/log BBBB=\n"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files, and what nobody may get: a secret beside it, in ways that lead there."""
    root = tmp_path_factory.mktemp("published")
    files = root / "files"
    (files / "checkpoints").mkdir(parents=True)
    for name in ("latest", "7", "7.json"):
        (files / "checkpoints" / name).write_text(NOTE, encoding="utf-8")
    (files / "decisions.json").write_text("{}")
    (files / ".decisions.json.draft").write_text("{")
    (root / "secret").write_text("secret")
    (files / "elsewhere").symlink_to(root)
    (files / "linked").symlink_to(root / "secret")
    (files / "same").symlink_to(files / "decisions.json")
    os.mkfifo(files / "pipe")
    return files


@pytest.fixture(scope="module")
def published(sample: Settings, directory: Path) -> Iterator[httpx2.Client]:
    from tests.api.serving import serving

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BEST_PUBLISHED_FILES", str(directory))
        with serving(sample) as client:
            yield client


def test_files_are_sent_as_they_are(published: httpx2.Client) -> None:
    answer = published.get("/transparency/checkpoints/latest")
    assert (answer.status_code, answer.text) == (200, NOTE)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert published.get("/transparency/same").text == "{}"
    answer = published.get("/transparency/decisions.json")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert published.head("/transparency/decisions.json").headers["ETag"] == answer.headers["ETag"]


def test_numbered_checkpoints_never_change_and_the_rest_is_asked_again(
    published: httpx2.Client,
) -> None:
    answer = published.get("/transparency/checkpoints/7")
    assert "immutable" in answer.headers["Cache-Control"]
    assert (
        "immutable"
        not in published.get("/transparency/checkpoints/7.json").headers["Cache-Control"]
    )
    known = {"If-None-Match": answer.headers["ETag"]}
    again = published.get("/transparency/checkpoints/7", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == answer.headers["ETag"]
    other = published.get("/transparency/decisions.json", headers=known)
    assert other.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "",
        "checkpoints",
        "checkpoints/",
        "checkpoints/8",
        "../secret",
        "%2e%2e/secret",
        "..%2fsecret",
        "checkpoints/..%2f..%2fsecret",
        "checkpoints/%2e%2e/%2e%2e/secret",
        "%2fetc%2fpasswd",
        "/etc/passwd",
        "linked",
        "elsewhere/secret",
        "elsewhere/files/decisions.json%00",
        ".decisions.json.draft",
        "%2edecisions.json.draft",
        "checkpoints%5c7",
        "pipe",
        "a/b/c/d/e",
        "x" * 300,
    ],
)
def test_nothing_else_is_sent(published: httpx2.Client, path: str) -> None:
    answer = published.get(f"/transparency/{path}")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "secret" not in answer.text.replace(path, "")


def test_without_a_directory_there_is_nothing(
    sample: Settings,
    serve: Callable[[Settings], AbstractContextManager[httpx2.Client]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("BEST_PUBLISHED_FILES", raising=False)
    with serve(sample) as client:
        answer = client.get("/transparency/checkpoints/latest")
        assert answer.status_code == 404
        assert answer.json()["type"].endswith(":resourceNotFound")
        assert client.post("/transparency/checkpoints/latest").status_code == 405
