"""Who answers each row of Octopus' contract table that is no list and no item of one.

The lists are in `listings.py`.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from starlette.requests import Request

from sandbox.octopus import (
    answering,
    dashboards,
    newer,
    releases,
    server,
    starting,
    subscriptions,
)
from sandbox.octopus.state import OctopusState

SPACE = "api/{space}"
RELEASE = f"{SPACE}/releases/{{id}}"
PROJECT = f"{SPACE}/projects/{{project}}"
IN_GIT = f"{PROJECT}/{{ref}}/runbooks/{{id}}"
PLACE = f"{PROJECT}/environments/{{id}}"
# What is asked about a start, without a tenant and with one.
PREVIEWS = ("preview/{environment}", "preview/{environment}/{tenant}")
STARTS = (
    f"{RELEASE}/deployments",
    f"{SPACE}/runbookSnapshots/{{id}}/runbookRuns",
    f"{IN_GIT}/runbookRuns",
)

ANSWERS: Mapping[str, Callable[[OctopusState, Request], Awaitable[Any]]] = {
    "GET api/serverstatus": server.status,
    "GET api/users/me": server.me,
    "GET api/events/categories": server.categories,
    "GET api/deploymentfreezes": server.freezes,
    "GET api/ratelimitingpolicies": newer.limits,
    "GET api/platformhub/versioncontrol": newer.hub,
    **{
        f"GET api/platformhub/{{ref}}/{name}{one}": partial(newer.in_hub, name)
        for name in newer.IN_HUB
        for one in ("", "/{slug}")
    },
    f"GET {SPACE}/users/{{id}}/permissions": server.permissions,
    f"GET {SPACE}/dashboard": dashboards.dashboard,
    f"GET {PROJECT}/progression": dashboards.progression,
    f"GET {PLACE}/untenanted/livestatus": newer.live_status,
    f"GET {PLACE}/tenants/{{tenant}}/livestatus": newer.live_status,
    f"POST {SPACE}/subscriptions": subscriptions.create,
    f"PUT {SPACE}/subscriptions/{{id}}": subscriptions.replace,
    f"DELETE {SPACE}/subscriptions/{{id}}": subscriptions.delete,
    f"POST {SPACE}/releases/create/v1": releases.create_release,
    f"GET {RELEASE}/deployments/template": releases.template,
    f"GET {RELEASE}/progression": releases.progression,
    **{f"GET {start}/{end}": starting.preview for start in STARTS for end in PREVIEWS},
    f"POST {IN_GIT}/run/v1": starting.run_in_git,
    f"POST {SPACE}/deployments": starting.deploy,
    f"POST {SPACE}/runbookRuns": starting.run,
    f"PUT {SPACE}/interruptions/{{id}}/responsible": answering.take,
    f"POST {SPACE}/interruptions/{{id}}/submit": answering.submit,
    f"POST {SPACE}/servertaskapprovals/{{id}}/approvals": answering.vote,
    f"GET {SPACE}/tasks/{{id}}/servertaskapproval": newer.votes,
    f"POST {SPACE}/tasks/{{id}}/cancel": answering.cancel,
    f"GET {SPACE}/tasks/{{id}}/details": answering.details,
}
