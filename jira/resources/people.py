"""Accounts, teams, groups and saved filters."""

import asyncio
from collections.abc import AsyncGenerator

from core.api import Api
from core.cursor_paging import ConnectionPaging, CursorPaging
from core.errors import MalformedReply, NotAvailable, Refused
from core.lookup import Absent, get_own
from core.paging import ArrayPaging, OffsetPaging, number_at
from core.resource import Resource
from core.trouble import Missing, attempt, with_values
from core.types import Item
from jira.kinds import JiraKind
from jira.resources.links import linked, page_at
from jira.resources.rows import is_among, is_wanted
from jira.resources.site import cloud_id
from jira.selectors import TeamSelector, UserSelector

# What the vendor returns at most; it clamps higher page sizes silently.
USERS_PER_PAGE = 1000
TEAMS_PER_PAGE = 300
MEMBERS_PER_PAGE = 50
GROUPS_PER_PAGE = 50
FILTERS_PER_PAGE = 100
# The id that all erased accounts share:
# https://developer.atlassian.com/cloud/jira/platform/user-privacy-developer-guide/
ERASED = "unknown"


async def get_user(api: Api, ref: Item, selector: UserSelector) -> Item | Absent:
    """Return one account by its id."""
    return await get_own(api, "rest/api/3/user", {"accountId": ref["accountId"]})


def accepts_user(selector: UserSelector, user: Item) -> bool:
    """Return whether the account is selected; erased ones are never."""
    return (
        user["accountId"] != ERASED
        and is_among(selector.account_types, user, "accountType")
        and is_wanted(selector.active_only or None, user, "active")
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


async def get_team(api: Api, ref: Item, selector: TeamSelector) -> Item | Absent:
    """Return one team by its id; a deleted one answers 410."""
    path = f"{_teams_path(api)}/{ref['teamId']}"
    return await get_own(api, path, {"siteId": await cloud_id(api)})


async def add_members(
    api: Api, teams: list[Item], selector: TeamSelector
) -> list[Item]:
    """Add `__members`, the members' account ids, or null when they were not read."""
    found: list[list[str] | Missing | None] = [None] * len(teams)
    if selector.include_members:
        asking = (_members(api, team["teamId"]) for team in teams)
        value = "members of teams"
        found = await asyncio.gather(*(attempt(ask, value=value) for ask in asking))
    return [
        linked(
            api,
            with_values(team, {"__members": own}),
            f"jira/people/team/{team['teamId']}",
        )
        for team, own in zip(teams, found, strict=True)
    ]


async def _members(api: Api, team_id: str) -> list[str]:
    path = f"{_teams_path(api)}/{team_id}/members?siteId={await cloud_id(api)}"
    paging = ConnectionPaging(size=MEMBERS_PER_PAGE)
    pages = api.pages_by_post(path, paging, {})
    ids = [member["accountId"] async for page in pages for member in page]
    return [id_ for id_ in ids if id_ != ERASED]


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
    """Add `__memberCount`, of active members, with the smallest request that has it."""

    async def count(group: Item) -> int:
        params = {"groupId": group["groupId"], "maxResults": 1}
        reply = await api.get("rest/api/3/group/member", params)
        total = number_at(reply, "total")
        if total is None:
            raise MalformedReply("rest/api/3/group/member has no total")
        return total

    asking = (attempt(count(group), value="numbers of members") for group in groups)
    counts = await asyncio.gather(*asking)
    return [
        linked(api, with_values(group, {"__memberCount": own}))
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


FILTERS = "rest/api/3/filter/search"
# Documented as "400: the filter is not found or the user does not have permission"; the
# words are those that Atlassian's own client for Java expects in its tests:
# https://bitbucket.org/atlassian/jira-rest-java-client
NO_FILTER = "The selected filter is not available to you"
FILTER_EXPAND = {"expand": "description,owner,jql,favouritedCount"}


async def get_filter(api: Api, ref: Item, selector: object) -> Item | Absent:
    """Search for one filter by id: a plain get answers in another shape.

    Raises MalformedReply if the search leaves out a filter that is there.
    """
    reply = await api.get(FILTERS, {**FILTER_EXPAND, "id": ref["id"]})
    rows = OffsetPaging().rows(reply)
    found = [row for row in rows if str(row.get("id")) == str(ref["id"])]
    if found:
        return found[0]
    try:
        own = await get_own(api, f"rest/api/3/filter/{ref['id']}")
    except Refused as error:
        if NO_FILTER not in str(error):
            raise
        await api.confirm_identity()
        return Absent.GONE
    if isinstance(own, Absent):
        return own
    raise MalformedReply(f"{FILTERS} leaves out {ref['id']}, which is there")


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-filters/
FILTER = Resource(
    kind=JiraKind.FILTER,
    id_field="id",
    list_path=FILTERS,
    paging=OffsetPaging(size=FILTERS_PER_PAGE),
    query=lambda selector: FILTER_EXPAND,
    get_with=get_filter,
    enrich=page_at("issues/?filter={id}"),
)
