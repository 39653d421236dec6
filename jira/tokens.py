"""Sign in with the OAuth token that Port keeps fresh."""

from collections.abc import Callable, Generator

import httpx


class TokenAuth(httpx.Auth):
    """Send the bearer token of the moment; after a 401 once more, if it changed."""

    def __init__(self, load: Callable[[], str | None]) -> None:
        self._load = load

    def auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response]:
        token = self._load()
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        fresh = self._load()
        if response.status_code == 401 and fresh != token:
            request.headers["Authorization"] = f"Bearer {fresh}"
            yield request
