"""Leaving leaves nothing anywhere, and no secret in the log."""

import pytest

from sandbox.sail import UNREGISTER
from tests.several.companies import KEY, TOKEN, Several, hooks_of, subscriptions_of
from tests.warm import sail

pytestmark = [
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("several"),
]


async def test_leaving_leaves_nothing_anywhere_and_no_secret_in_the_log(
    system: Several,
) -> None:
    secrets = {
        TOKEN,
        KEY,
        *(hook["secret"] for c in system.companies() for hook in hooks_of(c)),
    }
    settings = system.settings | {"OCEAN__BASE_URL": system.whole.address}
    left = await sail(settings, program=UNREGISTER)
    assert left.status == 0, left.log
    count = sum(len(hooks_of(c)) + len(subscriptions_of(c)) for c in system.companies())
    assert count == 0
    assert "Jira (emea)" in left.log
    log = system.whole.log.read_text(errors="replace")
    assert not [one for one in secrets if one in log or one in left.log]
