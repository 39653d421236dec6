"""The reference in docs/ is what the spec and the selectors say today."""

from jira.kinds import JiraKind
from octopus.kinds import OctopusKind
from sandbox.reference import FILE, reference


def test_the_reference_is_up_to_date() -> None:
    assert FILE.read_text("utf-8") == reference(), "run make docs"


def test_every_kind_and_what_it_takes_is_in_it() -> None:
    page = reference()
    for kind in (*JiraKind, *OctopusKind):
        assert f"### `{kind}`" in page
    for words in ("| `jql` |", "`Queued`, `Executing`", "| object |", "| required |"):
        assert words in page
    assert "<class" not in page
    assert "typing" not in page
