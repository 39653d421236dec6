"""Leave out the pages on which FastAPI describes all routes to whoever asks."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

SHOW_API_PAGES = "show_api_pages"


def hide_api_pages(app: FastAPI, config: Mapping[str, Any]) -> None:
    """Serve no `/docs`, `/redoc` and `/openapi.json` unless a setting asks for it."""
    if config.get(SHOW_API_PAGES):
        return
    pages = {
        app.openapi_url,
        app.docs_url,
        app.redoc_url,
        app.swagger_ui_oauth2_redirect_url,
    }
    routes = app.router.routes
    routes[:] = [r for r in routes if getattr(r, "path", None) not in pages]
