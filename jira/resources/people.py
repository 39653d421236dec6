"""Accounts, teams, groups and saved filters."""

import asyncio
from collections.abc import AsyncGenerator

from core.errors import NotAvailable
from core.paging import ArrayPaging, ConnectionPaging, CursorPaging, OffsetPaging
from core.resource import Resource
from core.types import Api, Item
from jira.kinds import JiraKind
from jira.resources.links import linked, page_at
from jira.resources.site import cloud_id
from jira.selectors import TeamSelector, UserSelector

# What the vendor returns at most; it clamps higher wishes silently.
USERS_PER_PAGE = 1000
TEAMS_PER_PAGE = 300
MEMBERS_PER_PAGE = 50
GROUPS_PER_PAGE = 50
FILTERS_PER_PAGE = 100


async def get_user(api: Api, ref: Item, selector: UserSelector) -> Item:
    """Return one account by its id."""
    user: Item = await api.get("rest/api/3/user", {"accountId": ref["accountId"]})
    return user


def accepts_user(selector: UserSelector, user: Item) -> bool:
    """Tell whether the account is selected; erased ones share the id "unknown"."""
    return (
        user["accountId"] != "unknown"
        and (
            not selector.account_types or user["accountType"] in selector.account_types
        )
        and (user["active"] or not selector.active_only)
    )


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/
USER = Resource(
    kind=JiraKind.USER,
    id_field="accountId",
    list_path="rest/api/3/users/search",
    paging=ArrayPaging(size=USERS_PER_PAGE),
    accepts=accepts_user,
    get_with=get_user,
    enrich=page_at("jira/people/{accountId}"),
)


def _teams_path(api: Api) -> str:
    organization = api.facts.get("organizationId")
    if not organization:
        raise NotAvailable("teams need the setting atlassianOrganizationId")
    if api.facts.get("gateway"):
        raise NotAvailable(
            "teams need an API token without scopes: the gateway has none"
        )
    return f"gateway/api/public/teams/v1/org/{organization}/teams"


async def list_teams(
    api: Api, selector: TeamSelector, parent: Item
) -> AsyncGenerator[list[Item]]:
    """Yield the organization's teams, of this site, for otherwise the list is empty."""
    path = _teams_path(api)
    params = {"siteId": await cloud_id(api)}
    paging = CursorPaging(key="entities", size=TEAMS_PER_PAGE)
    async for page in api.pages(path, paging, params):
        yield page


async def get_team(api: Api, ref: Item, selector: TeamSelector) -> Item:
    """Return one team by its id; a deleted one answers 410."""
    path = f"{_teams_path(api)}/{ref['teamId']}"
    team: Item = await api.get(path, {"siteId": await cloud_id(api)})
    return team


async def add_members(
    api: Api, teams: list[Item], selector: TeamSelector
) -> list[Item]:
    """Add `__members`, the members' account ids, or null when they were not read."""
    members: list[list[str] | None] = [None] * len(teams)
    if selector.include_members:
        members = list(
            await asyncio.gather(*(_members(api, t["teamId"]) for t in teams))
        )
    return [
        linked(api, {**team, "__members": own}, f"jira/people/team/{team['teamId']}")
        for team, own in zip(teams, members, strict=True)
    ]


async def _members(api: Api, team_id: str) -> list[str]:
    path = f"{_teams_path(api)}/{team_id}/members?siteId={await cloud_id(api)}"
    paging = ConnectionPaging(size=MEMBERS_PER_PAGE)
    pages = api.pages_by_post(path, paging, {})
    return [member["accountId"] async for page in pages for member in page]


# https://developer.atlassian.com/platform/teams/rest/v1/api-group-teams-public-api/
TEAM = Resource(
    kind=JiraKind.TEAM,
    id_field="teamId",
    accepts=lambda selector, team: team.get("state") != "ARCHIVED",
    list_with=list_teams,
    get_with=get_team,
    enrich=add_members,
)


async def add_member_count(
    api: Api, groups: list[Item], selector: object
) -> list[Item]:
    """Add `__memberCount`, of active members, with the smallest request that tells."""

    async def count(group: Item) -> int:
        params = {"groupId": group["groupId"], "maxResults": 1}
        reply = await api.get("rest/api/3/group/member", params)
        return int(reply["total"])

    counts = await asyncio.gather(*(count(group) for group in groups))
    return [
        linked(api, {**group, "__memberCount": own})
        for group, own in zip(groups, counts, strict=True)
    ]


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-groups/
GROUP = Resource(
    kind=JiraKind.GROUP,
    id_field="groupId",
    list_path="rest/api/3/group/bulk",
    paging=OffsetPaging(size=GROUPS_PER_PAGE),
    enrich=add_member_count,
)


FILTER_EXPAND = {"expand": "description,owner,jql,favouritedCount"}


async def get_filter(api: Api, ref: Item, selector: object) -> Item | None:
    """Search for one filter by id: a plain get answers in another shape."""
    params = {**FILTER_EXPAND, "id": ref["id"]}
    reply = await api.get("rest/api/3/filter/search", params)
    return next(iter(reply["values"]), None)


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filters/
FILTER = Resource(
    kind=JiraKind.FILTER,
    id_field="id",
    list_path="rest/api/3/filter/search",
    paging=OffsetPaging(size=FILTERS_PER_PAGE),
    query=lambda selector: FILTER_EXPAND,
    get_with=get_filter,
    enrich=page_at("issues/?filter={id}"),
)
