"""The reference in docs/ is what the spec and the selectors say today."""

from pathlib import Path

import pytest

from jira.kinds import JiraKind
from octopus.kinds import OctopusKind
from sandbox.reference import PAGES, permissions, reference


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_a_written_page_is_up_to_date(file: Path) -> None:
    assert file.read_text("utf-8") == PAGES[file](), "run make docs"


@pytest.mark.parametrize("kind", [*JiraKind, *OctopusKind])
def test_every_kind_documents_what_it_needs(kind: str) -> None:
    assert f"| `{kind}` |" in permissions()


def test_every_kind_and_what_it_takes_is_in_it() -> None:
    page = reference()
    for kind in (*JiraKind, *OctopusKind):
        assert f"### `{kind}`" in page
    for words in ("| `jql` |", "`Queued`, `Executing`", "| object |", "| required |"):
        assert words in page
    assert "<class" not in page
    assert "typing" not in page
