"""Read one product's settings: all of it, nothing of it, or a clear complaint."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from core.errors import ConfigurationError

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
# What Port's form calls a product that somebody doesn't have.
NOT_USED = "Not used"


def read_choice(value: object, setting: str, choices: Iterable[str]) -> str:
    """Return the sign-in method chosen in Port's form; unset, the first of the choices.

    Raises ConfigurationError for a choice that the form doesn't have.
    """
    known = (*choices, NOT_USED)
    choice = str(value or known[0]).strip()
    if choice not in known:
        message = f"{setting} must be one of: {', '.join(known)}"
        raise ConfigurationError(message, setting)
    return choice


def is_not_used(choice: object) -> bool:
    """Return whether Port's form says that somebody doesn't have a product."""
    return str(choice or "").strip() == NOT_USED


def find_mistakes(*checks: Callable[[], object]) -> list[ConfigurationError]:
    """Return what all the checks complain of, instead of the first complaint."""
    mistakes = []
    for check in checks:
        try:
            check()
        except ConfigurationError as mistake:
            mistakes.append(mistake)
    return mistakes


def read_product(
    config: Mapping[str, Any], product: str, required: Mapping[str, str]
) -> dict[str, str] | None:
    """Return a product's required settings, or None when none of them is set.

    `required` maps keys of the integration config to the names that people write.
    Raises ConfigurationError naming what is missing when only some are set, and for
    characters that can't be seen: a request with them would fail and show the secret.
    """
    values = {key: str(config.get(key) or "").strip() for key in required}
    if not any(values.values()):
        return None
    missing = [name for key, name in required.items() if not values[key]]
    if missing:
        raise ConfigurationError(
            f"{product} is configured by half: set {' and '.join(missing)},"
            f" or remove {', '.join(n for n in required.values() if n not in missing)}",
            *missing,
        )
    for key, name in required.items():
        if not values[key].isprintable():
            raise ConfigurationError(
                f"{name} has a line break or another invisible character in it:"
                " copy it again",
                name,
            )
    return values


def parse_url(value: str, setting: str) -> tuple[str, str]:
    """Split what a person pasted into its origin (`https://host`) and its path.

    Blanks around it, a missing scheme, slashes at the end, a query and a fragment don't
    matter. Raises ConfigurationError for anything that isn't a web address.
    """
    text = value.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = f":{parts.port}" if parts.port else ""
        bad = parts.scheme not in ("http", "https") or not parts.hostname
        if bad or " " in parts.netloc or "@" in parts.netloc:
            raise ValueError("not what a browser would open")
    except ValueError:
        raise ConfigurationError(
            f"{setting} is not a web address: write it like https://example.com,"
            " without a user name",
            setting,
        ) from None  # which would show what was pasted
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    return f"{parts.scheme}://{host}{port}", parts.path.rstrip("/")
