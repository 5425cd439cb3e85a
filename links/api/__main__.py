"""`python -m links.api`: serves the links API on the loopback, in the foreground."""

import gc
import logging
import os
import sys

import uvicorn

from links.api.app import LinksApi, make_app
from links.settings import LinksSettings


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    settings = LinksSettings.from_environment(os.environ)
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s"
    )
    server = uvicorn.Server(make_config(settings, make_app(settings)))
    gc.freeze()  # what is loaded stays; a request leaves no cycles worth looking for each time
    gc.set_threshold(20_000, 20, 100)
    server.run()


def make_config(settings: LinksSettings, app: LinksApi) -> uvicorn.Config:
    """Make the server's configuration: no header that differs, no log that names anybody."""
    return uvicorn.Config(
        app,
        host="127.0.0.1",
        port=settings.api_port,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        date_header=False,
        proxy_headers=False,
        limit_concurrency=512,
        timeout_keep_alive=30,
    )


if __name__ == "__main__":
    main()
