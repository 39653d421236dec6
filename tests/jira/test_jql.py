"""The user's JQL is taken apart and put together without changing its meaning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refused
from jira.jql import both, bounded, in_projects, quote, split_order, with_issues


@pytest.mark.parametrize(
    ("jql", "where", "order"),
    [
        ("a = 1", "a = 1", ""),
        ("a = 1 ORDER BY rank", "a = 1", "ORDER BY rank"),
        ("a = 1 order  by\nrank DESC, key", "a = 1", "order  by\nrank DESC, key"),
        ("ORDER BY created", "", "ORDER BY created"),
        ("  ", "", ""),
        ("", "", ""),
        ('summary ~ "order by"', 'summary ~ "order by"', ""),
        ("summary ~ 'order by' ORDER BY x", "summary ~ 'order by'", "ORDER BY x"),
        (r'a ~ "\" order by" ORDER BY x', r'a ~ "\" order by"', "ORDER BY x"),
        ("""a ~ "it's" ORDER BY x""", """a ~ "it's\"""", "ORDER BY x"),
        ("reorder by = 1", "reorder by = 1", ""),
        ('a ~ "open order by x', 'a ~ "open', "order by x"),
        ("status = Done\nORDER BY updated", "status = Done", "ORDER BY updated"),
    ],
)
def test_order_is_split_off_outside_of_quotes_only(
    jql: str, where: str, order: str
) -> None:
    assert split_order(jql) == (where, order)


@pytest.mark.parametrize(
    ("jql", "expected"),
    [
        ("a = 1", "a = 1 ORDER BY key ASC"),
        ("a = 1 ORDER BY updated DESC", "a = 1 ORDER BY key ASC"),
        ("", "project is not EMPTY ORDER BY key ASC"),
        (" \n", "project is not EMPTY ORDER BY key ASC"),
        ("ORDER BY created", "project is not EMPTY ORDER BY key ASC"),
    ],
)
def test_search_is_bounded_and_its_order_stable(jql: str, expected: str) -> None:
    assert bounded(jql) == expected


@pytest.mark.parametrize(
    ("jql", "expected"),
    [
        ("a = 1 OR b = 2", "(a = 1 OR b = 2) AND (id in (7))"),
        ("a = 1 ORDER BY rank", "(a = 1) AND (id in (7))"),
        ("ORDER BY rank", "(id in (7))"),
        ("", "(id in (7))"),
    ],
)
def test_check_of_one_issue_keeps_the_selector_in_brackets(
    jql: str, expected: str
) -> None:
    assert with_issues(jql, ["7"]) == expected


@pytest.mark.parametrize("id_", ["", "SHOP-1", "7 OR 1 = 1", "-7", "7\n", "\u0667"])
def test_what_is_no_issue_id_never_reaches_jql(id_: str) -> None:
    with pytest.raises(Refused, match="is not the id of a Jira issue"):
        with_issues("a = 1", ["7", id_])


def test_both_drops_what_is_empty() -> None:
    assert both("a = 1 OR b = 2", "c = 3") == "(a = 1 OR b = 2) AND (c = 3)"
    assert both("", "c = 3 ORDER BY x") == "(c = 3)"
    assert both("", "") == ""


def test_projects_are_quoted() -> None:
    assert in_projects(["SHOP", 'My "P"']) == r'project in ("SHOP", "My \"P\"")'
    assert in_projects([]) == ""


@given(st.text())
def test_quoted_value_is_one_literal(value: str) -> None:
    literal = quote(value)

    assert split_order(f"a = {literal} ORDER BY x") == (f"a = {literal}", "ORDER BY x")


@given(st.text())
def test_splitting_loses_nothing_but_blanks(jql: str) -> None:
    where, order = split_order(jql)

    assert "".join((where + order).split()) == "".join(jql.split())
