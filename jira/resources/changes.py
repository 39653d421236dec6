"""What of Jira has changed since a moment, for incremental looks.

Jira doesn't list what was deleted, nor what somebody may no longer see.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime

from core.api import Api
from core.fetch import fetch_all
from core.resource import Resource
from core.types import Item
from jira.jql import both
from jira.selectors import IssueSearchSelector


def updated_since(since: datetime) -> str:
    """Return JQL for the issues that were updated since a moment.

    A number without quotes is in milliseconds; a text would be in minutes, and in the
    time zone of the account.

    https://support.atlassian.com/jira-software-cloud/docs/jql-fields/#Updated
    """
    return f"updated >= {int(since.timestamp() * 1000)}"


async def list_updated(
    api: Api, resource: Resource, selector: IssueSearchSelector, since: datetime
) -> AsyncGenerator[list[Item]]:
    """Yield what a search for issues brings, of those that were updated."""
    bounded = selector.copy(update={"jql": both(selector.jql, updated_since(since))})
    async with aclosing(fetch_all(api, resource, bounded)) as batches:
        async for batch in batches:
            yield batch
