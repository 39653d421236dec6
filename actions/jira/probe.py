"""Tell beforehand which actions the account in Jira may carry out."""

from collections.abc import Iterable

from actions.jira import EXECUTORS
from actions.jira.base import API
from client import ApiClient
from core.errors import ApiError
from framework.probe import Findings, merged


async def probe_jira_actions(apis: Iterable[ApiClient]) -> Findings:
    """Return lines for people about each connection."""
    return merged([await _probe(api) for api in apis])


async def _probe(api: ApiClient) -> Findings:
    """Return a line for people: permissions are asked for in any project.

    An account may have one in some projects only; then the action fails in the others,
    and names it.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/
    """
    names = sorted({name for one in EXECUTORS for name in one.PERMISSIONS})
    params = {"permissions": ",".join(names)}
    try:
        known = (await api.get(f"{API}/mypermissions", params))["permissions"]
    except ApiError as error:
        return Findings(lines=[f"Actions in {api.vendor.product}: unknown. {error}"])
    held = {name for name in names if known.get(name, {}).get("havePermission") is True}
    can = [one.ACTION_NAME for one in EXECUTORS if held >= set(one.PERMISSIONS)]
    lacking = [
        f"{one.ACTION_NAME} needs {' and '.join(sorted(missing))}"
        for one in EXECUTORS
        if (missing := set(one.PERMISSIONS) - held)
    ]
    where = f"Actions in {api.vendor.product}"
    told = [f"{where}: can be carried out: {', '.join(can) or 'none'}."]
    told += [f"Missing permissions: {'; '.join(lacking)}."] if lacking else []
    return Findings(lines=[" ".join(told)])
