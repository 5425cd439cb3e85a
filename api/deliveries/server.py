"""Serves the agencies' door in the foreground, on the loopback; a proxy has the certificate."""

import os

import uvicorn
from fastapi import FastAPI

from api.deliveries.app import make_door
from api.deliveries.options import DoorOptions
from api.server import UVICORN, make_base_url, open_logs
from registry.settings import Settings

HOST = "127.0.0.1"


def serve_door(settings: Settings, *, port: int) -> None:
    """Serve until SIGINT or SIGTERM; uploads that are under way are kept as far as they came."""
    base_url = (os.environ.get("BEST_DELIVERIES_URL") or make_base_url(HOST, port)).rstrip("/")
    options = DoorOptions.from_environment(os.environ)
    app = make_door(settings, base_url, options)
    uvicorn.Server(make_config(app, port=port)).run()


def make_config(app: FastAPI, *, port: int) -> uvicorn.Config:
    """Return how uvicorn is to run the door: one process, for it counts uploads in memory."""
    open_logs()
    return uvicorn.Config(app, host=HOST, port=port, limit_concurrency=256, **UVICORN)
