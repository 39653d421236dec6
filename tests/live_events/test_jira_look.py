"""What Jira sent no event for is found, and becomes an event of its kind."""

from datetime import UTC, datetime, timedelta

import pytest
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent

from client import ApiClient
from core.errors import Unauthorized
from core.types import Item
from framework.event_outcome import CURRENT, Outcome, reading
from framework.known_event import KnownEvent, arrival_of
from live_events.jira_look import JiraLook
from live_events.looks import Looks
from live_events.order import EventOrder, matching_processors
from live_events.retry import Retries
from live_events.service import JIRA_OVERLAP
from sandbox.company import Company
from sandbox.company.base import jira_time
from sandbox.jira import JiraSandbox
from tests.jira.conftest import api, connect, site
from tests.live_events.test_looks import Store
from webhook_processors.jira import PROCESSORS

__all__ = ["api", "connect", "site"]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def soon(company: Company) -> datetime:
    """Return a moment that nothing in the company is younger than."""
    return company.present() + timedelta(hours=1)


@pytest.fixture
def look(api: ApiClient) -> JiraLook:
    return JiraLook(api, "/jira")


async def found(look: JiraLook, since: datetime) -> list[KnownEvent]:
    return [
        event
        for part in look.parts()
        async for events in part(since, since + MINUTE)
        for event in events
    ]


def change(site: JiraSandbox, at: datetime, number: int = 0) -> Item:
    """Update an issue; return it as it is now."""
    issue = [*site.collections["issue"].values()][number]
    fields = {**issue["fields"], "updated": jira_time(at)}
    changed = {**issue, "fields": fields}
    site.put("issue", issue["id"], changed)
    return changed


def log(site: JiraSandbox, issue: Item, at: datetime, field: str, **more: str) -> None:
    """Add an entry to the history of an issue."""
    id_ = str(90_000 + len(site.collections["changelog"]))
    items = [{"field": field, **more}]
    entry = {"id": id_, "issueId": issue["id"], "created": jira_time(at)}
    site.put("changelog", id_, {**entry, "items": items})


async def test_an_issue_is_told_once_for_each_state(
    look: JiraLook, site: JiraSandbox, soon: datetime
) -> None:
    assert await found(look, soon - MINUTE) == []
    issue = change(site, soon)
    (event,) = await found(look, soon - MINUTE)
    assert event.webhook_path == "/jira"
    assert event.payload["issue"]["id"] == issue["id"]
    (processor,) = await matching_processors(PROCESSORS, event)
    assert await processor.is_authentic({})
    assert await found(look, soon - MINUTE) == []
    change(site, soon + MINUTE)
    assert len(await found(look, soon - MINUTE)) == 1


async def test_an_idle_look_costs_two_requests(
    look: JiraLook, site: JiraSandbox, soon: datetime
) -> None:
    site.faults.forget_requests()
    await found(look, soon)
    assert site.faults.total == 2


async def test_an_idle_quarter_of_an_hour_costs_few_requests(
    api: ApiClient, look: JiraLook, site: JiraSandbox, soon: datetime
) -> None:
    store = Store()
    looks = Looks("Jira", look, api.clock, overlap=timedelta(0))
    looks._since = soon
    site.faults.forget_requests()
    for _ in range(3):
        await looks.look(store, Retries(), not_called)
    assert site.faults.total + store.requests <= 3 * 10


async def test_what_jiras_index_did_not_have_yet_is_found_by_the_next_look(
    api: ApiClient, look: JiraLook, site: JiraSandbox
) -> None:
    told: list[str] = []

    async def process(event: KnownEvent) -> None:
        told.append(event.payload["issue"]["id"])

    looks = Looks("Jira", look, api.clock, overlap=JIRA_OVERLAP)
    await looks.look(Store(), Retries(), process)
    before = datetime.now(UTC) - timedelta(seconds=30)
    issue = change(site, before)
    told.clear()
    await looks.look(Store(), Retries(), process)
    assert told == [issue["id"]]


async def not_called(event: KnownEvent) -> None:
    raise AssertionError(event.payload)


async def test_a_move_leaves_the_old_key(
    look: JiraLook, site: JiraSandbox, soon: datetime
) -> None:
    log(site, change(site, soon), soon, "Key", fromString="OPS-99")
    log(site, change(site, soon, 1), soon - 9 * MINUTE, "Key", fromString="OPS-98")
    events = await found(look, soon - MINUTE)
    keys = [e.payload.get("changelog", {}).get("items", []) for e in events]
    told = [item["fromString"] for items in keys for item in items]
    assert told == ["OPS-99"]


async def test_a_new_link_refreshes_the_links_of_an_issue(
    look: JiraLook, site: JiraSandbox, soon: datetime
) -> None:
    issues = [*site.collections["issue"].values()]
    number = next(n for n, i in enumerate(issues) if i["fields"].get("issuelinks"))
    issue = change(site, soon, number)
    log(site, issue, soon, "Link", toString="This issue blocks OPS-1")
    events = await found(look, soon - MINUTE)
    links = [e.payload["issueLink"] for e in events if "issueLink" in e.payload]
    assert {link["id"] for link in links} == {
        link["id"] for link in issue["fields"]["issuelinks"]
    }
    for link in links:
        assert link["sourceIssueId"] == issue["id"]
        assert link["destinationIssueId"]


async def test_a_worklog_is_told_with_its_issue(
    look: JiraLook, site: JiraSandbox, company: Company
) -> None:
    # The feed leaves out the last minute.
    since = company.present() - 2 * MINUTE
    id_, log = next(iter(site.collections["worklog"].items()))
    updated = jira_time(since + timedelta(seconds=30))
    site.put("worklog", id_, {**log, "updated": updated})
    events = [e for e in await found(look, since) if "worklog" in e.payload]
    (event,) = [e for e in events if e.payload["worklog"]["id"] == id_]
    (processor,) = await matching_processors(PROCESSORS, event)
    assert processor.lock_keys() == [
        f"jira-worklog {{'id': '{id_}', 'issueId': '{log['issueId']}'}}"
    ]


async def test_a_credential_that_is_lost_is_no_idle_site(
    look: JiraLook, site: JiraSandbox, soon: datetime
) -> None:
    site.put("credential", "", {"isGood": False})
    with pytest.raises(Unauthorized):
        await found(look, soon)


async def test_what_a_live_event_brought_is_not_read_again(
    look: JiraLook, site: JiraSandbox
) -> None:
    order, processed = EventOrder(pause_seconds=0), 0

    async def process(event: WebhookEvent) -> None:
        async def process_now(outcome: Outcome) -> None:
            nonlocal processed
            processed += 1
            token = CURRENT.set(outcome)
            with reading("the issue") as read:
                read.found = True
            CURRENT.reset(token)
            outcome.is_written = True

        await order.run(event, PROCESSORS, None, process_now)

    now = datetime.now(UTC)
    issue = change(site, now - MINUTE)
    kept = {k: issue[k] for k in ("id", "key", "fields")}
    body = {"webhookEvent": "jira:issue_updated", "issue": kept}
    await process(KnownEvent("/jira", body, trace_id="posted"))
    for event in await found(look, now - 2 * MINUTE):
        if event.payload.get("issue", {}).get("id") == issue["id"]:
            assert arrival_of(event) < arrival_of(KnownEvent("/", {}, trace_id="now"))
            await process(event)
    assert processed == 1
    # A change after that read counts.
    change(site, datetime.now(UTC) + MINUTE)
    (event,) = await found(look, datetime.now(UTC))
    await process(event)
    assert processed == 2
