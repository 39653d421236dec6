"""Edits issues in Jira, tells the integration, and looks at the catalog."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import httpx

from sandbox.bench.stands import Stands
from sandbox.company import Item
from sandbox.events import jira_event

UPDATED, DELETED = "jira:issue_updated", "jira:issue_deleted"
BLUEPRINT = "jiraIssue"
PATIENCE_SECONDS = 300.0
POLL_SECONDS = 0.1


class Editor:
    """Edits issues in Jira and tells the integration, as Jira does."""

    def __init__(self, stands: Stands, http: httpx.AsyncClient, hook: Item) -> None:
        self._stands = stands
        self._http = http
        self._hook = hook
        self._edits = 0

    @property
    def address(self) -> str:
        """Where the integration takes events of Jira."""
        return str(self._hook["url"])

    async def put(self, stand: str, collection: str, id_: str, item: Item) -> None:
        """Put an item into a stand-in, whatever was there."""
        url = f"{self._stands.urls[stand]}/_sandbox/{collection}/{id_}"
        (await self._http.put(url, json=item)).raise_for_status()

    async def post(self, url: str, raw: bytes, headers: dict[str, str]) -> None:
        """Send an event to the integration."""
        reply = await self._http.post(url, content=raw, headers=headers)
        reply.raise_for_status()

    async def edit(self, issue: Item) -> str:
        """Change an issue's summary; return the new one."""
        self._edits += 1
        summary = f"Edit {self._edits}"
        issue["fields"]["summary"] = summary
        await self.put("jira", "issue", issue["id"], issue)
        return summary

    async def delete(self, issue: Item) -> None:
        """Delete an issue in Jira."""
        url = f"{self._stands.urls['jira']}/_sandbox/issue/{issue['id']}"
        (await self._http.delete(url)).raise_for_status()

    async def tell(self, issue: Item, name: str = UPDATED) -> None:
        """Send the event that an issue was edited, or another one."""
        subject = {name: issue[name] for name in ("id", "key", "fields")}
        raw, headers = jira_event(self._hook, name, issue=subject)
        await self.post(self.address, raw, headers)

    async def arrival(self, issue: Item, summary: str) -> float:
        """Wait for an edit to be in the catalog; return when it came there."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                entity = (await self.catalog()).get(issue["key"])
                if entity and entity["title"] == summary:
                    return when(entity)
                await asyncio.sleep(POLL_SECONDS)

    async def absence(self, issues: Sequence[Item]) -> None:
        """Wait until none of some issues is in the catalog."""
        keys = {issue["key"] for issue in issues}
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                if keys.isdisjoint(await self.catalog()):
                    return
                await asyncio.sleep(POLL_SECONDS)

    async def catalog(self) -> dict[str, Item]:
        """Return the issues that are in the catalog."""
        url = f"{self._stands.urls['port']}/_sandbox/entities/{BLUEPRINT}"
        entities: dict[str, Item] = (await self._http.get(url)).json()
        return entities


def when(entity: Item) -> float:
    """Return when an entity was last written, in seconds since 1970."""
    return datetime.fromisoformat(entity["updatedAt"]).timestamp()
