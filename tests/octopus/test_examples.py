"""The examples, and docs/kinds.md, show what a resync adds to items today."""

import json

import pytest

from client import ApiClient
from octopus.kinds import OctopusKind
from tests.octopus.test_kinds import read
from tests.test_documents import ROOT, told_of


@pytest.mark.parametrize("kind", OctopusKind)
async def test_what_a_resync_adds_is_told_and_in_the_example(
    api: ApiClient, kind: OctopusKind
) -> None:
    items = await read(api, kind)
    added = {name for item in items for name in item if name[:2] == "__"}
    raw = json.loads((ROOT / f".port/examples/{kind}/raw.json").read_text("utf-8"))
    shown = {name for name in raw if name[:2] == "__"}

    assert items
    assert added <= told_of(kind)
    # What only some items have need not be in one example.
    assert {n for n in added if all(n in item for item in items)} <= shown <= added
