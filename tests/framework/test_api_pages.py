"""Strangers are not told which routes there are."""

import httpx
import pytest
from fastapi import FastAPI

from framework.api_pages import SHOW_API_PAGES, hide_api_pages

PAGES = ("/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect")


@pytest.mark.parametrize(
    ("config", "status"),
    [({}, 404), ({SHOW_API_PAGES: False}, 404), ({SHOW_API_PAGES: True}, 200)],
)
async def test_pages_are_served_if_asked_for(
    config: dict[str, bool], status: int
) -> None:
    app = FastAPI()
    app.get("/health/live")(lambda: "ok")
    hide_api_pages(app, config)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
        found = [(await http.get(page)).status_code for page in PAGES]
        assert (await http.get("/health/live")).status_code == 200
    assert found == [status] * len(PAGES)
