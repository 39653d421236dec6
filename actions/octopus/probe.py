"""Tell beforehand which actions the account in Octopus Deploy may carry out."""

from collections.abc import Iterable

from actions.octopus import EXECUTORS
from actions.octopus.base import in_space, lacking_in
from actions.octopus.find import read_all
from client import ApiClient
from core.errors import ApiError
from core.types import Item
from framework.probe import Findings, merged


async def probe_octopus_actions(apis: Iterable[ApiClient]) -> Findings:
    """Return lines for people about each connection."""
    return merged([await _probe(api) for api in apis])


async def _probe(api: ApiClient) -> Findings:
    """Return a line for people about each space.

    https://octopus.com/docs/api/user-permissions
    """
    try:
        me = (await api.get("api/users/me"))["Id"]
        spaces = await read_all(api, "api/spaces")
        lines = [await _line(api, space, me) for space in spaces]
    except ApiError as error:
        lines = [f"Actions in {api.vendor.product}: unknown. {error}"]
    return Findings(lines=lines)


async def _line(api: ApiClient, space: Item, me: str) -> str:
    where = f"Actions in {api.vendor.product}, space {space['Name']}"
    path = in_space(space["Id"], "users", me, "permissions")
    try:
        answer = await api.get(path, {"includeSystem": "true"})
    except ApiError as error:
        return f"{where}: unknown. {error}"
    lacking = {
        one.ACTION_NAME: lacking_in(answer, one.PERMISSIONS) for one in EXECUTORS
    }
    can = [name for name, missing in lacking.items() if not missing]
    needs = [
        f"{name} needs {' and '.join(missing)}"
        for name, missing in lacking.items()
        if missing
    ]
    told = f"{where}: can be carried out: {', '.join(can) or 'none'}."
    return f"{told} Missing permissions: {'; '.join(needs)}." if needs else told
