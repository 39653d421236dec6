"""Tell beforehand which actions the account in Jira may carry out."""

from actions.jira import EXECUTORS
from actions.jira.base import API
from client import ApiClient
from core.errors import ApiError
from framework.probe import Findings
from jira.connection import PRODUCT


async def probe_jira_actions(api: ApiClient | None) -> Findings:
    """Return a line for people: permissions are asked for in any project.

    An account may have one in some projects only; then the action fails in the others,
    and names it.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/
    """
    if api is None:
        return Findings()
    names = sorted({name for one in EXECUTORS for name in one.PERMISSIONS})
    params = {"permissions": ",".join(names)}
    try:
        known = (await api.get(f"{API}/mypermissions", params))["permissions"]
    except ApiError as error:
        return Findings(lines=[f"Actions in {PRODUCT}: unknown. {error}"])
    held = {name for name in names if known.get(name, {}).get("havePermission") is True}
    can = [one.ACTION_NAME for one in EXECUTORS if held >= set(one.PERMISSIONS)]
    lacking = [
        f"{one.ACTION_NAME} needs {' and '.join(sorted(missing))}"
        for one in EXECUTORS
        if (missing := set(one.PERMISSIONS) - held)
    ]
    told = [f"Actions in {PRODUCT}: can be carried out: {', '.join(can) or 'none'}."]
    told += [f"Missing permissions: {'; '.join(lacking)}."] if lacking else []
    return Findings(lines=[" ".join(told)])
