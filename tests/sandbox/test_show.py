"""The stand-in of Port shows in a browser what is in the catalog."""

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, async_playwright

from sandbox.company import Company, build_company
from sandbox.company.base import parse_time
from sandbox.port import PortSandbox
from sandbox.port.store import Options
from sandbox.servers import serve
from sandbox.show import START, add_to, drawings, figures
from tests.warm import sail

RESOURCES = Path(".port/resources")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PRODUCTION = "Production"
# A resync and a browser on a busy machine; they take ten seconds on an idle one.
TIMEOUT_SECONDS = 180.0


@pytest.fixture
def port() -> PortSandbox:
    """Return Port with what is shipped, two projects and an issue on its way."""
    port = PortSandbox()
    blueprints = json.loads((RESOURCES / "blueprints.json").read_text("utf-8"))
    for parts in ((), ("relations",), ("relations", "aggregationProperties")):
        for blueprint in blueprints:
            bare: dict[str, Any] = {"relations": {}, "aggregationProperties": {}}
            whole = {part: blueprint[part] for part in parts}
            port.store.put_blueprint({**blueprint, **bare, **whole})
    cards = json.loads((RESOURCES / "scorecards.json").read_text("utf-8"))
    port.state.documents = {
        "pages": json.loads((RESOURCES / "pages.json").read_text("utf-8")),
        **{f"blueprints/{c['blueprint']}/scorecards": c["data"] for c in cards},
    }
    _put(port, "jiraIssue", "SHOP-1", {"created": _ago(30), "statusCategory": "done"})
    _put(port, "octopusProject", "Projects-1", {"isDisabled": False})
    _put(port, "octopusProject", "Projects-2", {"isDisabled": True})
    release = {"version": "1.0", "assembled": _ago(20)}
    related = {"issues": ["SHOP-1"], "project": "Projects-1"}
    _put(port, "octopusRelease", "Releases-1", release, related)
    for number, project in enumerate((1, 1, 1, 2), 1):
        own = {"completed": _ago(number), "state": "Success", "stage": PRODUCTION}
        more = {"isProduction": True, "isFailure": False, "stageNumber": 4}
        where = {"project": f"Projects-{project}", "issues": ["SHOP-1"]}
        what = {**own, **more, "hasIssues": True, "leadTimeHours": 5}
        _put(port, "octopusDeployment", f"Deployments-{number}", what, where)
    add_to(port.app, port.state, "SHOP-1")
    return port


def _ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def _put(
    port: PortSandbox,
    blueprint: str,
    identifier: str,
    properties: Any,
    relations: Any = None,
) -> None:
    own = {"identifier": identifier, "title": f"the <i>{identifier}"}
    entity = {**own, "properties": properties, "relations": relations or {}}
    port.store.upsert(blueprint, entity, "", Options(create_missing=True))


@pytest.fixture
async def browser(port: PortSandbox) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client without a token."""
    url, transport = f"http://port.test{START}", httpx.ASGITransport(port.app)
    async with httpx.AsyncClient(
        transport=transport, base_url=url, follow_redirects=True
    ) as client:
        yield client


async def test_the_shipped_page_is_shown_with_its_figures(
    browser: httpx.AsyncClient,
) -> None:
    shown = await browser.get("")
    assert shown.status_code == 200
    assert '<p class="number">4</p>' in shown.text
    assert "the &lt;i&gt;Projects-1" in shown.text
    assert shown.text == (await browser.get("/page/jiraOctopusDelivery")).text


async def test_every_table_and_the_way_of_an_issue_can_be_seen(
    port: PortSandbox, browser: httpx.AsyncClient
) -> None:
    for blueprint, entities in port.entities.items():
        shown = await browser.get(f"/table/{blueprint}")
        assert shown.text.count("<tr data-id=") == len(entities)
    way = (await browser.get("/issue/SHOP-1")).text
    assert "the &lt;i&gt;Releases-1" in way
    assert way.count("<circle") == 6
    assert "after 10.0 days" in way
    assert (await browser.get("/style.css")).headers["content-type"].startswith("text")


@pytest.mark.parametrize(
    ("state", "days_ago", "sort"),
    [
        ("Success", 1, "good"),
        ("Failed", 1, "bad"),
        ("Executing", None, "open"),
    ],
)
def test_only_a_deployment_that_has_ended_badly_is_bad(
    port: PortSandbox, state: str, days_ago: int | None, sort: str
) -> None:
    completed = days_ago and _ago(days_ago)
    own = {"state": state, "completed": completed, "created": _ago(1)}
    where = {"stage": PRODUCTION, "stageNumber": 4}
    related = {"issues": ["SHOP-2"]}
    _put(port, "jiraIssue", "SHOP-2", {})
    _put(port, "octopusDeployment", "Deployments-9", {**own, **where}, related)
    (step,) = figures.way_of(port.state, "SHOP-2")
    assert step["sort"] == sort


@pytest.mark.parametrize("path", ["/page/none", "/table/none", "/issue/NONE-1"])
async def test_what_is_not_there_is_not_found(
    browser: httpx.AsyncClient, path: str
) -> None:
    assert (await browser.get(path)).status_code == 404


async def test_without_any_page_the_tables_are_shown(
    port: PortSandbox, browser: httpx.AsyncClient
) -> None:
    port.state.documents.clear()
    assert "There is no page yet" in (await browser.get("")).text


def test_a_scorecard_gives_the_highest_level_whose_rules_all_pass(
    port: PortSandbox,
) -> None:
    first, second = figures.all_of(port.state, "octopusProject")
    assert figures.level_of(port.state, first, "deliveryHealth") == "Bronze"
    assert figures.level_of(port.state, second, "deliveryHealth") is None


async def test_a_table_shows_levels_and_changes_no_entity(
    port: PortSandbox, browser: httpx.AsyncClient
) -> None:
    port.store.put_blueprint({"identifier": "plain"})
    _put(port, "plain", "one", {})
    card = {"identifier": "card", "title": "A scorecard", "rules": []}
    port.state.documents["blueprints/plain/scorecards"] = [card]

    shown = await browser.get("/table/plain")

    assert "Gold" in shown.text
    assert port.entities["plain"]["one"]["properties"] == {}


@pytest.mark.parametrize(("shares", "slices"), [({"yes": 3}, 0), ({"a": 1, "b": 2}, 2)])
def test_a_pie_has_a_slice_for_each_value(shares: dict[str, int], slices: int) -> None:
    assert drawings.pie(shares).count("<path") == slices


def delivered(company: Company) -> Counter[str]:
    """Return the successful deployments to production of 90 days, by project."""
    since, counts = datetime.now(UTC) - timedelta(days=90), Counter[str]()
    names = {id_: e["Name"] for id_, e in company.octopus["environments"].items()}
    titles = {id_: p["Name"] for id_, p in company.octopus["projects"].items()}
    for deployment in company.octopus["deployments"].values():
        task = company.octopus["tasks"].get(deployment["TaskId"] or "", {})
        is_there = names[deployment["EnvironmentId"]] == PRODUCTION
        has_succeeded = is_there and task.get("State") == "Success"
        if has_succeeded and parse_time(task["CompletedTime"]) >= since:
            counts[titles[deployment["ProjectId"]]] += 1
    return counts


async def cells(page: Page, widget: str, name: str) -> dict[str, str]:
    """Return a column of a widget's table, by the titles of its rows."""
    rows = await page.locator(f"#{widget} tr[data-id]").all()
    return {
        (await row.locator("[data-name='$title']").inner_text())
        .strip(): (await row.locator(f"[data-name='{name}']").inner_text())
        .strip()
        for row in rows
    }


@pytest.mark.process
@pytest.mark.skipif(
    CHROMIUM is None,
    reason="needs Chromium: as root, apt-get install chromium",
)
async def test_a_browser_shows_the_figures_of_the_company() -> None:
    company = build_company()
    async with (
        asyncio.timeout(TIMEOUT_SECONDS),
        serve(company) as stands,
        async_playwright() as playwright,
    ):
        voyage = await sail(stands.environment())
        assert voyage.status == 0, voyage.log
        add_to(stands.port.app, stands.port.state, company.example.issue_key)
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        page = await browser.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("requestfailed", lambda request: problems.append(request.url))
        await page.goto(stands.port_url + START)

        truth = delivered(company)
        number = await page.locator("#deliveryDeployments .number").inner_text()
        assert int(number) == truth.total()
        weekly = await cells(page, "deliveryProjects", "deploymentsPerWeek90")
        assert truth.keys() <= weekly.keys()
        wanted = {t: f"{truth[t] * 7 / 90:.1f}" if truth[t] else "0" for t in weekly}
        assert wanted == weekly
        await page.click(f"text=The way of {company.example.issue_key}")
        assert await page.locator(".state").inner_text() == "in production"
        assert await page.locator("#way circle").count() == 5
        await page.click("text=octopusRelease")
        shown = await page.locator("tr[data-id]").count()
        assert shown == len(stands.port.entities["octopusRelease"])
        assert problems == []
        await browser.close()
