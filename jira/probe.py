"""Check beforehand which kinds of Jira this account, and its token, may read."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from client import ApiClient
from core.errors import ApiError, Forbidden, NotAvailable, Refused
from core.types import Item
from framework.probe import (
    DENIED,
    GRANTED,
    Findings,
    Required,
    Verdict,
    ask_once,
    judge,
    merged,
    no_sign_in,
    not_set_up,
    together,
    unknown,
    worst,
)
from jira.connection import SCOPE_MISSING, sign_in
from jira.kinds import JiraKind
from jira.permissions import PERMISSIONS, SCOPES, SIGN_IN_SCOPES, SUBSCRIBE
from jira.resources.agile import has_none_of_these
from jira.resources.people import list_teams
from jira.resources.search import SEARCH
from jira.resources.site import check_service_management
from jira.selectors import TeamSelector
from jira.settings import PRODUCT
from jira.tokens import TokenAuth

LIVE_EVENTS = "live events"
NEEDED = {**PERMISSIONS, LIVE_EVENTS: SUBSCRIBE}
LACKING = "Missing scope(s), one or more of:"
# Every issue, in the words that Jira accepts as a restriction.
ANY_ISSUE = {"jql": "project is not EMPTY", "fields": ["id"], "maxResults": 1}

type Question = Callable[[ApiClient], Awaitable[Any]]


def first_of(path: str) -> Question:
    """Return the question for one item of a list."""
    return lambda api: api.get(path, {"maxResults": 1})


projects = first_of("rest/api/3/project/search")
filters = first_of("rest/api/3/filter/search")


async def users(api: ApiClient) -> Any:
    """Ask for one account; they come as a bare array."""
    return await api.get_array("rest/api/3/users/search", {"maxResults": 1})


async def issues(api: ApiClient) -> Any:
    """Ask for one issue."""
    return await api.read(SEARCH, ANY_ISSUE)


async def requests(api: ApiClient) -> Any:
    """Ask whether the site has requests, and for one issue."""
    await check_service_management(api)
    return await issues(api)


async def worklogs(api: ApiClient) -> Any:
    """Ask for the worklogs that change from now on: none."""
    since = int(time.time() * 1000)
    return await api.get("rest/api/3/worklog/updated", {"since": since})


async def groups(api: ApiClient) -> Any:
    """Ask for one group and for the number of its members."""
    found = await first_of("rest/api/3/group/bulk")(api)
    for group in found["values"][:1]:
        params = {"groupId": group["groupId"], "maxResults": 1}
        await api.get("rest/api/3/group/member", params)
    return found


async def boards(api: ApiClient) -> Any:
    """Ask for one board and for the projects of it."""
    return await _on_first_board(api, "rest/agile/1.0/board/{id}/project")


async def sprints(api: ApiClient) -> Any:
    """Ask for one sprint of the first board; kanban boards refuse, having none."""
    return await _on_first_board(api, "rest/agile/1.0/board/{id}/sprint")


async def backlog(api: ApiClient) -> Any:
    """Ask for one issue of the first board's backlog."""
    return await _on_first_board(api, "rest/software/1.0/board/{id}/backlog")


async def _on_first_board(api: ApiClient, path: str) -> Any:
    for board in (await first_of("rest/agile/1.0/board")(api))["values"]:
        try:
            return await first_of(path.format(id=int(board["id"])))(api)
        except Refused as error:
            if not has_none_of_these(error):
                raise


async def teams(api: ApiClient) -> Any:
    """Ask for the teams as a resync does, which knows where they can't be."""
    async with aclosing(list_teams(api, TeamSelector(query="true"), {})) as pages:
        return await anext(pages, None)


# The smallest request that fails when a resync of the kind would.
QUESTIONS: Mapping[str, Question] = {
    **dict.fromkeys(JiraKind, issues),
    JiraKind.PROJECT: projects,
    JiraKind.VERSION: projects,
    JiraKind.COMPONENT: projects,
    JiraKind.WORKLOG: worklogs,
    JiraKind.REQUEST: requests,
    JiraKind.BOARD: boards,
    JiraKind.SPRINT: sprints,
    JiraKind.BACKLOG: backlog,
    JiraKind.USER: users,
    JiraKind.TEAM: teams,
    JiraKind.GROUP: groups,
    JiraKind.FILTER: filters,
}


async def probe_jira(apis: Sequence[ApiClient]) -> Findings:
    """Return a verdict for each kind, of each site."""
    if not apis:
        return not_set_up(PRODUCT, JiraKind)
    return merged(await asyncio.gather(*map(_probe_site, apis)))


async def _probe_site(api: ApiClient) -> Findings:
    """Return a verdict for each kind, by asking for one item and for the permissions.

    Jira leaves out of lists what an account may not see, so neither would be enough.
    """
    ask_once(api.http)
    try:
        await sign_in(api)
    except ApiError as error:
        lacking = NotAvailable(f"{LACKING} {', '.join(SIGN_IN_SCOPES)}")
        reason = lacking if _lacks_scope(error) else error
        return no_sign_in(api.vendor.product, JiraKind, reason, api.site)
    asked = list(dict.fromkeys(QUESTIONS.values()))
    granted, *answers = await together(_permissions(api), *(ask(api) for ask in asked))
    answer_to = dict(zip(asked, answers, strict=True))
    lines = [_who(api, answer_to[projects]), _live_events(api, granted)]
    found = Findings(lines=lines, site=api.site)
    for kind in JiraKind:
        tried = _tried(kind, answer_to[QUESTIONS[kind]])
        found.add(kind, worst(_permitted(kind, granted), tried))
    return found


async def _permissions(api: ApiClient) -> dict[str, bool]:
    """Return whether the account has each permission, for projects: in any of them.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/
    """
    names = sorted({name for needed in NEEDED.values() for name in needed})
    params = {"permissions": ",".join(names)}
    reply = await api.get("rest/api/3/mypermissions", params)
    known: Item = reply["permissions"]
    return {
        name: known[name]["havePermission"] is True for name in names if name in known
    }


def _permitted(thing: str, granted: dict[str, bool] | BaseException) -> Verdict:
    if not NEEDED[thing]:
        return Required(NEEDED).verdict(thing, {})
    if isinstance(granted, BaseException):
        return unknown(granted)
    return Required(NEEDED).verdict(thing, granted)


def _tried(kind: str, answer: object) -> Verdict:
    """Judge an answer; a token that could sign in may still lack a scope."""
    if _lacks_scope(answer):
        return DENIED, f"{LACKING} {', '.join(SCOPES[kind])}"
    return judge(answer, PERMISSIONS[kind])


def _lacks_scope(answer: object) -> bool:
    return isinstance(answer, Forbidden) and SCOPE_MISSING in str(answer)


def _who(api: ApiClient, visible: object) -> str:
    where = "on the gateway" if api.facts.get("gateway") else "on the site"
    if isinstance(api.http.auth, TokenAuth):
        how = "OAuth"
    elif api.facts.get("gateway"):
        how = "a token with scopes"
    else:
        how = "a token without scopes"
    total = visible.get("total") if isinstance(visible, dict) else None
    seen = f" {total} projects are visible." if total is not None else ""
    credential = api.vendor.credential_settings
    return f"{api.vendor.product}: signed in {where} with {credential} ({how}).{seen}"


def _live_events(api: ApiClient, granted: dict[str, bool] | BaseException) -> str:
    """Say whether the webhook can be registered."""
    product = api.vendor.product
    if api.facts.get("gateway"):
        return (
            f"Live events of {product}: this sign-in can't register webhooks; register"
            " one by hand, with the values in the log of the start."
        )
    status, message = _permitted(LIVE_EVENTS, granted)
    can = {GRANTED: "can be registered", DENIED: "can't be registered"}
    return f"Live events of {product}: {can.get(status, 'unknown')}. {message}."
