"""`make check` runs the tests of what was changed."""

from pathlib import Path

import pytest

from tests.changed import TESTS, find_tests

ALWAYS = set(find_tests([]))


def test_the_tests_of_no_folder_always_run() -> None:
    assert TESTS / "test_imports.py" in ALWAYS
    assert all(path.suffix == ".py" for path in ALWAYS)


@pytest.mark.parametrize(
    ("changed", "folder"),
    [
        ("jira/resources/agile.py", "jira"),
        ("tests/core/test_gate.py", "core"),
        ("tests/core/shop.py", "core"),
        ("client.py", None),
        ("docs/kinds.md", None),
        ("tests/laws.py", None),
    ],
)
def test_a_change_brings_the_tests_of_its_folder(
    changed: str, folder: str | None
) -> None:
    more = {TESTS / folder} if folder else set()
    assert set(find_tests([Path(changed)])) == ALWAYS | more
