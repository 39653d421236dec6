"""Read the settings of several sites or servers of one product.

The plain settings describe the first one. A list of objects with the same keys, and a
`name` each, describes the others. A `scope` sets a whole installation apart from others
in the same Port organization.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from humps import camelize, decamelize

from core.errors import ConfigurationError
from core.resource import unknown_names
from core.site import DEFAULT, NAME_FORM, Site

SCOPE, NAME = "scope", "name"
_HOW = "in small letters, digits and hyphens, such as emea"

type Config = Mapping[str, Any]


class Located(Protocol):
    """The settings of one site."""

    @property
    def site(self) -> Site: ...

    @property
    def base_url(self) -> str: ...


def parse_sites[T: Located](
    config: Config,
    setting: str,
    keys: Iterable[str],
    parse: Callable[[Config, Site], T | None],
    needed: str,
) -> list[T]:
    """Return the settings of the first site, if it is set up, and of the further ones.

    `setting` is the name of the list of these as people write it, `keys` are those of
    its objects, in snake case. `parse` returns None for what has no settings at all,
    which a further site may not be: `needed` says what to set. Raises
    ConfigurationError.
    """
    first = parse(config, _first_site(config))
    found = [first] if first else []
    for site, own in _further_sites(config, setting, keys):
        with _place(setting, site.name):
            settings = parse(own, site)
            if settings is None:
                raise ConfigurationError(f"set {needed}")
            found.append(settings)
    _check_addresses(setting, ((one.site, one.base_url) for one in found))
    return found


def _first_site(config: Config) -> Site:
    """Return what the plain settings describe; raises ConfigurationError."""
    scope = str(config.get(SCOPE) or "").strip()
    if scope and not re.fullmatch(NAME_FORM, scope):
        raise ConfigurationError(f"scope has to be written {_HOW}", SCOPE)
    return Site(scope=f"{scope}/" if scope else "")


def _further_sites(
    config: Config, setting: str, keys: Iterable[str]
) -> Iterator[tuple[Site, Config]]:
    """Yield each further site with settings like the plain ones.

    Raises ConfigurationError for anything that is no such list.
    """
    known, seen = [NAME, *map(str, map(camelize, keys))], {DEFAULT}
    outer = _first_site(config)
    for number, given in enumerate(_entries(config, setting), 1):
        with _place(setting, f"entry {number}"):
            own = _object(given, known)
            name = str(own.pop(NAME, None) or "").strip()
            if not re.fullmatch(NAME_FORM, name):
                raise ConfigurationError(f"name has to be written {_HOW}", NAME)
            if name in seen:
                raise ConfigurationError(f"the name {name} is taken already", NAME)
        seen.add(name)
        yield Site(name, f"{outer.scope}{name}/"), own


@contextmanager
def _place(setting: str, what: str) -> Iterator[None]:
    """Have complaints name the list and what in it they are about."""
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(f"{setting}, {what}: {error}", setting) from None


def _check_addresses(setting: str, addresses: Iterable[tuple[Site, str]]) -> None:
    """Raise ConfigurationError if two sites have one address."""
    found: dict[str, Site] = {}
    for site, address in addresses:
        if other := found.get(address):
            names = f"{other.label} and {site.label}"
            message = f"{setting}: {names} have the same address {address}"
            raise ConfigurationError(message, setting)
        found[address] = site


def names_in(value: object) -> tuple[str, ...]:
    """Return the names in a list, or in a text with commas, as they are in settings."""
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return tuple(name for part in parts if (name := str(part).strip().casefold()))


def _entries(config: Config, setting: str) -> list[Any]:
    given: Any = config.get(str(decamelize(setting)))
    if isinstance(given, str) and given.strip():
        try:
            given = json.loads(given)
        except ValueError:
            raise ConfigurationError(f"{setting} is not valid JSON", setting) from None
    if not given:
        return []
    if not isinstance(given, list):
        raise ConfigurationError(f"{setting} has to be a list of objects", setting)
    return given


def _object(given: Any, known: list[str]) -> dict[str, Any]:
    """Return an object's settings in snake case; it may be written in either way."""
    if not isinstance(given, dict):
        raise ConfigurationError(f"has to be an object, not {type(given).__name__}")
    names = {str(camelize(key)): value for key, value in given.items()}
    if unknown := unknown_names(names, known):
        raise ConfigurationError(f"there is no {unknown}")
    return {str(decamelize(name)): value for name, value in names.items()}
