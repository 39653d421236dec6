"""Close the connections that come while the server is told to end.

Uvicorn tells each connection that it has at that moment to close, and then waits for
all of them. One that was accepted at that very moment is not told, and keeps the
process alive for as long as its client posts, though nothing would be accepted after a
restart: `Server.shutdown` in uvicorn/server.py. So what is answered from then on also
says that the connection closes: https://www.rfc-editor.org/rfc/rfc9112#name-tear-down
"""

import signal
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

from port_ocean.ocean import Ocean
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SIGNALS = (signal.SIGINT, signal.SIGTERM)

type Handler = Callable[[int, FrameType | None], Any]


class Closing:
    """ASGI middleware that closes each connection once the process is to end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._is_ending = False

    @classmethod
    def put_before(cls, app: Ocean) -> None:
        """Put it in front of everything else that an application does."""
        app.fast_api_app.add_middleware(cls)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or watch for signals when the server has started."""
        if scope["type"] == "lifespan" and is_main_thread():
            self._watch()
        if scope["type"] == "http" and self._is_ending:
            send = closing(send)
        await self._app(scope, receive, send)

    def _watch(self) -> None:
        """Hear of signals before Uvicorn does, which has set its handlers by now."""
        for number in SIGNALS:
            before = signal.getsignal(number)
            if callable(before):  # else the system ends the process, at once
                signal.signal(number, partial(self._end, before))

    def _end(self, before: Handler, number: int, frame: FrameType | None) -> None:
        self._is_ending = True
        before(number, frame)


def is_main_thread() -> bool:
    """Return whether signals can be handled here."""
    return threading.current_thread() is threading.main_thread()


def closing(send: Send) -> Send:
    """Return what sends a response whose connection closes after it."""

    async def send_and_close(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["connection"] = "close"
        await send(message)

    return send_and_close
