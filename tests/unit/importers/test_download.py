"""A source by URL: downloaded, resumed where it broke off, refused in words."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from importers.download import fetch_source
from registry.domain.errors import EnvironmentProblem, InputRefused
from registry.settings import Settings

CONTENT = bytes(range(256)) * 20_000


class Publisher(BaseHTTPRequestHandler):
    """Stands for the public download; `breaks_after` bytes it hangs up, once."""

    breaks_after: int | None = None
    etag = '"first"'
    ranges: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        if self.path != "/best-full-latest.zip":
            self.send_error(404)
            return
        wanted = self.headers.get("Range")
        resumes = wanted is not None and self.headers.get("If-Range") == self.etag
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and resumes else 0
        if start >= len(CONTENT):
            self.send_error(416)
            return
        type(self).ranges.append(wanted if wanted and resumes else "all")
        self.send_response(206 if resumes else 200)
        self.send_header("ETag", self.etag)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        body = CONTENT[start:]
        if self.breaks_after is not None:
            body = body[: self.breaks_after]
            type(self).breaks_after = None
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def publisher() -> Iterator[str]:
    Publisher.breaks_after, Publisher.etag, Publisher.ranges = None, '"first"', []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/best-full-latest.zip"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_download_is_fetched_whole_and_its_size_and_need_of_disk_are_told(tmp_path: Path) -> None:
    told: list[str] = []
    with publisher() as url:
        path = fetch_source(Settings(home=tmp_path), url, told.append)

    assert path.read_bytes() == CONTENT
    assert any("5 MB" in line for line in told)
    assert any("are free" in line for line in told)


def test_a_download_that_breaks_off_is_resumed_where_it_stopped(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with publisher() as url:
        Publisher.breaks_after = 1_000_000
        with pytest.raises(EnvironmentProblem, match="resumed"):
            fetch_source(settings, url, lambda _: None)
        path = fetch_source(settings, url, lambda _: None)

        assert Publisher.ranges == ["all", "bytes=1000000-"]
    assert path.read_bytes() == CONTENT


def test_a_broken_download_of_another_edition_starts_again(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with publisher() as url:
        Publisher.breaks_after = 1_000_000
        with pytest.raises(EnvironmentProblem):
            fetch_source(settings, url, lambda _: None)
        Publisher.etag = '"second"'
        path = fetch_source(settings, url, lambda _: None)

        assert Publisher.ranges == ["all", "all"]
    assert path.read_bytes() == CONTENT


def test_a_download_that_was_complete_when_it_was_killed_is_fetched_anew(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    folder = tmp_path / "downloads"
    folder.mkdir()
    (folder / "best-full-latest.zip.part").write_bytes(CONTENT)
    (folder / "best-full-latest.zip.part.etag").write_text('"first"')
    with publisher() as url:
        path = fetch_source(settings, url, lambda _: None)

    assert path.read_bytes() == CONTENT


def test_without_a_validator_nothing_is_resumed(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with publisher() as url:
        Publisher.breaks_after, Publisher.etag = 1_000_000, ""
        with pytest.raises(EnvironmentProblem):
            fetch_source(settings, url, lambda _: None)
        path = fetch_source(settings, url, lambda _: None)

        assert Publisher.ranges == ["all", "all"]
    assert path.read_bytes() == CONTENT


def test_an_address_without_a_file_is_refused_with_its_answer(tmp_path: Path) -> None:
    with publisher() as url, pytest.raises(InputRefused, match="404"):
        fetch_source(Settings(home=tmp_path), f"{url}.not-there", lambda _: None)


def test_a_publisher_that_is_away_is_no_fault_of_the_file(tmp_path: Path) -> None:
    with publisher() as url:
        pass
    with pytest.raises(EnvironmentProblem, match="cannot be reached"):
        fetch_source(Settings(home=tmp_path), url, lambda _: None)
