"""What is told of an expression, with and without the scope before it."""

import pytest

from framework.scopes import field_of, is_scoped


@pytest.mark.parametrize(
    ("expression", "field"),
    [
        (".id", "id"),
        (" .id | tostring ", "id"),
        ("(.id)", "id"),
        (".__scope + .id", "id"),
        (".__scope+.id", "id"),
        (".__scope + (.id | tostring)", "id"),
        (".__scope + (.SpaceId // empty)", "SpaceId"),
        (".__scope + (.projectId // empty | tostring)", "projectId"),
        (".projectId | select(. != null) | tostring", "projectId"),
        ('.__scope + (.leadId // empty | select(. != "unknown"))', "leadId"),
    ],
)
def test_the_field_is_what_is_handed_on(expression: str, field: str) -> None:
    assert field_of(expression) == field


@pytest.mark.parametrize(
    "expression",
    [
        ".a.b",
        ".__scope + .a.b",
        ".__scope + .a + .b",
        ".other + .id",
        ".__scope + (.id",
        ".__scope + .id)",
        '.id // "none"',
        ".id | ascii_downcase",
        "[.__scope + .ids[]]",
        '"host/\\(.Id)"',
        {"combinator": '"and"'},
        None,
    ],
)
def test_what_is_made_of_more_than_a_field_hands_on_none(expression: object) -> None:
    assert field_of(expression) is None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (".__scope + .id", True),
        (" .__scope + (.id | tostring)", True),
        ("[.__scope + .ids[]] | unique", True),
        (".id", False),
        (".__scope", False),
        ("[.ids[]]", False),
        (".id + .__scope", False),
        ("", False),
        ("§", False),
        (None, False),
    ],
)
def test_only_what_begins_with_the_scope_is_scoped(
    expression: object, expected: bool
) -> None:
    assert is_scoped(expression) is expected
