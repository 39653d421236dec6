"""A product's settings: all of them, none of them, or a clear complaint."""

from typing import Any

import pytest

from core.errors import ConfigurationError
from core.settings import parse_url, read_product

REQUIRED = {"shop_url": "shopUrl", "shop_user": "shopUser", "shop_key": "shopKey"}
GOOD = {"shop_url": "https://x", "shop_user": "dev", "shop_key": "API-TOPSECRET"}


def test_settings_are_read_without_blanks_around_them() -> None:
    config = {key: f" {value}\n" for key, value in GOOD.items()}

    assert read_product({**config, "other": 1}, "Shop", REQUIRED) == GOOD


@pytest.mark.parametrize(
    "config", [{}, dict.fromkeys(REQUIRED), dict.fromkeys(REQUIRED, " "), {"other": 1}]
)
def test_nothing_set_is_not_configured(config: dict[str, Any]) -> None:
    assert read_product(config, "Shop", REQUIRED) is None


@pytest.mark.parametrize(
    ("absent", "message"),
    [
        (["shop_key"], "set shopKey, or remove shopUrl, shopUser"),
        (["shop_url", "shop_key"], "set shopUrl and shopKey, or remove shopUser"),
    ],
)
@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_half_a_configuration_names_what_is_missing(
    absent: list[str], message: str, nothing: str | None
) -> None:
    config = {**GOOD, **dict.fromkeys(absent, nothing)}

    with pytest.raises(ConfigurationError, match=message) as caught:
        read_product(config, "Shop", REQUIRED)

    assert str(caught.value).startswith("Shop is configured by half")
    assert "TOPSECRET" not in str(caught.value)


@pytest.mark.parametrize("value", ["API-TOP\nSECRET", "API-TOP\u200bSECRET", "a\x00b"])
def test_invisible_character_in_a_setting_is_reported_without_its_value(
    value: str,
) -> None:
    with pytest.raises(ConfigurationError, match="shopKey") as caught:
        read_product({**GOOD, "shop_key": value}, "Shop", REQUIRED)

    assert "TOP" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://x.test", ("https://x.test", "")),
        ("https://x.test/", ("https://x.test", "")),
        ("https://x.test//", ("https://x.test", "")),
        ("  https://x.test  ", ("https://x.test", "")),
        ("x.test", ("https://x.test", "")),
        ("x.test:8443/a", ("https://x.test:8443", "/a")),
        ("http://x.test:80", ("http://x.test:80", "")),
        ("HTTPS://X.Test/Path/", ("https://x.test", "/Path")),
        ("https://x.test/a/b/?q=1#f", ("https://x.test", "/a/b")),
        ("https://x.test/app#/Spaces-1/projects", ("https://x.test", "/app")),
        ("https://x.test?q=1", ("https://x.test", "")),
        ("http://[::1]:8080/a", ("http://[::1]:8080", "/a")),
        ("localhost:8080", ("https://localhost:8080", "")),
    ],
)
def test_address_is_split_into_origin_and_path(
    text: str, expected: tuple[str, str]
) -> None:
    assert parse_url(text, "shopUrl") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://",
        "https:///path",
        "ftp://x.test",
        "file:///etc/passwd",
        "https://dev:API-TOPSECRET@x.test",
        "https://x.test:port",
        "https://x.test:99999",
        "https://x y.test",
        "https://[::1",
        "https://[not-an-address]/",
        "mailto:dev@x.test",
    ],
)
def test_anything_else_is_not_a_web_address(text: str) -> None:
    with pytest.raises(ConfigurationError, match="shopUrl is not a web addr") as caught:
        parse_url(text, "shopUrl")

    assert "TOPSECRET" not in str(caught.value)
