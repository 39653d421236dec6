"""A registration belongs to an identifier and an address."""

import pytest

from core.registered import is_namesake, registration_name


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://a.test/integration/webhook/jira", "Port (shop) at a.test"),
        (
            "http://a.test:8000/integration/webhook/octopus",
            "Port (shop) at a.test:8000",
        ),
        ("https://a.test/x/y/integration/webhook/jira", "Port (shop) at a.test/x/y"),
    ],
)
def test_the_name_has_both(url: str, name: str) -> None:
    assert registration_name("shop", url) == name
    assert is_namesake(name, "shop")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Port (shop)", True),
        ("Port (shop) at b.test", True),
        ("Port (shop 2) at b.test", False),
        ("Port (shop)s", False),
        (None, False),
    ],
)
def test_namesakes_have_the_same_identifier(name: object, expected: bool) -> None:
    assert is_namesake(name, "shop") is expected
