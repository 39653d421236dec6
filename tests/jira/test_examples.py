"""The examples, and docs/kinds.md, show what a resync adds to items today."""

import pytest

from client import ApiClient
from jira.kinds import JiraKind
from tests.jira.test_kinds import read
from tests.laws import check_additions


@pytest.mark.parametrize("kind", JiraKind)
async def test_what_a_resync_adds_is_documented_and_in_the_example(
    api: ApiClient, kind: JiraKind
) -> None:
    check_additions(kind, await read(api, kind))
