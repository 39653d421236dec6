"""The examples, and docs/kinds.md, show what a resync adds to items today."""

import pytest

from client import ApiClient
from octopus.kinds import OctopusKind
from tests.laws import check_additions
from tests.octopus.test_kinds import read


@pytest.mark.parametrize("kind", OctopusKind)
async def test_what_a_resync_adds_is_documented_and_in_the_example(
    api: ApiClient, kind: OctopusKind
) -> None:
    check_additions(kind, await read(api, kind))
