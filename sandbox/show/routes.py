"""The addresses of what is shown."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response

from sandbox.port.blueprints import CALCULATED
from sandbox.port.model import Item, Rejected
from sandbox.port.state import State
from sandbox.port.wire import SHOW, route
from sandbox.show import drawings, figures

FOLDER = Path(__file__).parent / "templates"
START = SHOW
# A page of a table; the demo's company has no more.
MOST_ROWS = 500
# Rows of a widget, which scrolls in Port.
SHORT = 12


class Show:
    """Shows what a stand-in has."""

    def __init__(self, state: State, example: str) -> None:
        """Take the issue whose way is offered first."""
        self._state, self._example = state, example
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER), autoescape=select_autoescape()
        )
        self._templates.filters["shown"] = self._shown
        self._templates.globals.update(value=figures.value_of, root=SHOW)

    def routes(self) -> dict[str, Any]:
        """Return what answers at which path."""
        return {
            "": self._start,
            "/page/{page}": self._page,
            "/table/{blueprint}": self._table,
            "/issue/{key}": self._issue,
            "/style.css": self._style,
        }

    async def _start(self) -> Response:
        pages = self._state.documents.get("pages", [])
        return self._page_of(pages[0]) if pages else self._html("start.html")

    async def _page(self, page: str) -> Response:
        for one in self._state.documents.get("pages", []):
            if one["identifier"] == page:
                return self._page_of(one)
        raise Rejected(404, "not_found", f"there is no page {page!r}")

    def _page_of(self, page: Item) -> Response:
        (board,) = page["widgets"]
        widgets = {w["id"]: self._widget(w) for w in board["widgets"]}
        return self._html("page.html", page=page, board=board, widgets=widgets)

    def _widget(self, widget: Item) -> Item:
        """Return a widget with what it shows."""
        sort, state, found = widget["type"], self._state, dict(widget)
        if sort == "markdown":
            found["html"] = Markup(MarkdownIt().render(widget["markdown"]))
        elif sort == "entities-number-chart":
            found["number"] = len(figures.chosen(state, widget["dataset"]))
        elif sort == "entities-pie-chart":
            shares = figures.shares(state, widget)
            found["html"] = Markup(drawings.pie(shares)) if shares else "nothing yet"
        else:
            columns, entities = figures.rows(state, widget)
            more = max(len(entities) - SHORT, 0)
            found |= {"columns": columns, "entities": entities[:SHORT], "more": more}
            found["titles"] = self._titles(next(iter(widget["blueprintConfig"])))
        return found

    async def _table(self, blueprint: str) -> Response:
        known = self._state.store.get_blueprint(blueprint)
        titles = self._titles(blueprint)
        cards = figures.scorecards(self._state, blueprint)
        found = figures.all_of(self._state, blueprint)[:MOST_ROWS]
        entities = [self._with_levels(entity, cards) for entity in found]
        columns = ["$title", *(card["title"] for card in cards), *titles]
        own = {"columns": columns, "titles": titles, "entities": entities}
        return self._html("table.html", blueprint=known, **own)

    def _with_levels(self, entity: Item, cards: list[Item]) -> Item:
        """Return an entity with its levels as properties, by the scorecards' titles."""
        levels = {
            card["title"]: figures.level_of(self._state, entity, card["identifier"])
            for card in cards
        }
        return {**entity, "properties": {**entity["properties"], **levels}}

    async def _issue(self, key: str) -> Response:
        if key not in self._state.store.entities.get("jiraIssue", {}):
            raise Rejected(404, "not_found", f"there is no issue {key!r}")
        issue = self._state.store.entities["jiraIssue"][key]
        whole = self._state.store.calculator.shown(issue)
        picture = drawings.way(figures.way_of(self._state, key))
        own = {"titles": self._titles("jiraIssue"), "picture": Markup(picture)}
        return self._html("issue.html", issue=whole, **own)

    async def _style(self) -> Response:
        return Response(
            (FOLDER / "style.css").read_text("utf-8"), media_type="text/css"
        )

    def _titles(self, blueprint: str) -> dict[str, str]:
        known = self._state.store.get_blueprint(blueprint)
        parts = (known["schema"]["properties"], known["relations"])
        found = (*parts, *(known[kind] for kind in CALCULATED))
        return {
            name: one.get("title", name) for part in found for name, one in part.items()
        }

    def _shown(self, value: Any) -> str:
        """Return a value as people read it."""
        if isinstance(value, list):
            return ", ".join(map(str, value[:5])) + (" …" if len(value) > 5 else "")
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, float):
            return f"{value:,.1f}"
        text = "" if value is None else str(value)
        return f"{text[:10]} {text[11:16]}" if text[10:11] == "T" else text[:120]

    def _html(self, name: str, **values: Any) -> Response:
        pages = self._state.documents.get("pages", [])
        tables = {n: len(e) for n, e in self._state.store.entities.items() if e}
        frame = {"pages": pages, "tables": tables, "example": self._example}
        return HTMLResponse(
            self._templates.get_template(name).render(**frame, **values)
        )


def add_to(app: Starlette, state: State, example: str) -> None:
    """Let a stand-in of Port show what it has, to browsers without a token.

    Its clock is not waited for: aggregations are computed at once.
    """
    state.store.limits = None
    for path, handler in Show(state, example).routes().items():
        app.router.routes.append(route("GET", SHOW + path, handler))
