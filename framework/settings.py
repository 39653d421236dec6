"""Read the framework's settings, and say all that is wrong with them at once."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from humps import camelize, decamelize
from port_ocean.config.base import BaseOceanSettings
from port_ocean.config.dynamic import default_config_factory
from port_ocean.config.settings import (
    ApplicationSettings,
    IntegrationConfiguration,
)
from port_ocean.core.models import CachingStorageMode
from port_ocean.utils.misc import get_spec_file
from pydantic import Field, ValidationError
from pydantic_settings import SettingsError

from core.errors import ConfigurationError

CONFIG = "OCEAN__INTEGRATION__CONFIG__"
# Where the framework keeps its cache: port_ocean/cache/disk.py.
CACHE = Path("/tmp/ocean/.ocean_cache")
CREDENTIALS = (("port", "client_id"), ("port", "client_secret"))
# What a right value looks like: our settings by their names, others by the variable.
EXAMPLES = {
    "jiraSignIn": "API token",
    "jiraHost": "https://example.atlassian.net",
    "atlassianUserEmail": "jane@example.com",
    "atlassianUserToken": "ATATT3xFfGF0…",
    "octopusSignIn": "API key",
    "octopusServerUrl": "https://example.octopus.app",
    "octopusApiKey": "API-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "octopusAccessToken": "eyJhbGciOi…",
    "octopusServiceAccountId": "3be2ecdd-8ee6-4a55-a8a5-3d5d4a4f3f8e",
    "octopusIdTokenFile": "/var/run/secrets/octopus/token",
    "jiraSites": '[{"name": "emea", "jiraHost": "https://emea.atlassian.net", …}]',
    "octopusServers": '[{"name": "test", "octopusServerUrl": "https://…", …}]',
    "linkedJiraSites": "default, emea",
    "scope": "acme",
    "stages": "Test: test*, qa*; Production: prod*, live",
    "incrementalLookSeconds": "300",
    "allowLargeDeletions": "false",
    "stockMapping": "false",
    "showApiPages": "false",
    "OCEAN__PORT__CLIENT_ID": "the client ID of https://app.port.io, Credentials",
    "OCEAN__PORT__CLIENT_SECRET": "the client secret of the same page",
    "OCEAN__PORT__BASE_URL": "https://api.getport.io",
    "OCEAN__EVENT_LISTENER": '{"type":"POLLING"}',
    "OCEAN__SCHEDULED_RESYNC_INTERVAL": "360",
    "OCEAN__CLIENT_TIMEOUT": "60",
    "OCEAN__CACHING_STORAGE_MODE": "memory",
    "OCEAN__BASE_URL": "https://ocean.example.com",
    "APPLICATION__PORT": "8000",
    "APPLICATION__LOG_LEVEL": "INFO",
}


class SettingsMistake(Exception):
    """Settings can't work; the message has all that is wrong with them."""


@dataclass(frozen=True)
class Mistake:
    """Something wrong with one setting, or with several together.

    `places` are pairs of a setting, as people write it, and its environment variable.
    """

    wrong: str
    places: tuple[tuple[str, str], ...] = ()

    def lines(self) -> Iterable[str]:
        """Yield where it is, what is wrong, and examples."""
        for setting, variable in self.places:
            yield f"{setting} ({variable})"
        yield f"    {self.wrong}"
        for setting, variable in self.places:
            if example := EXAMPLES.get(setting) or EXAMPLES.get(variable):
                yield f"    Example: {variable}={example}"


class _Raw(BaseOceanSettings):
    """Everything below `integration`, as it is set, whatever its form."""

    integration: dict[str, Any] = Field(default_factory=dict)


def variable_of(setting: str) -> str:
    """Return the environment variable of one of this integration's own settings."""
    return CONFIG + str(decamelize(setting)).upper()


def mistake_of(error: ConfigurationError) -> Mistake:
    """Return a complaint about this integration's own settings."""
    return Mistake(str(error), tuple((s, variable_of(s)) for s in error.settings))


def describe_all(mistakes: Iterable[Mistake]) -> str:
    """Return all mistakes in words, each of them once."""
    known = list(dict.fromkeys(mistakes))
    count = f"{len(known)} things are" if len(known) > 1 else "one thing is"
    text = "\n".join(line for mistake in known for line in mistake.lines())
    return f"{count} wrong with the settings; nothing was started\n{text}"


def read_config() -> Mapping[str, Any]:
    """Return this integration's own settings, unchecked."""
    config = _Raw().integration.get("config") or {}
    config = json.loads(config) if isinstance(config, str) else config
    return config if isinstance(config, dict) else {}


def framework_mistakes() -> list[Mistake]:
    """Return what is wrong with the settings of the framework itself."""
    found: list[Mistake] = []
    read_environment: dict[str, Callable[..., object]] = {
        "OCEAN__": IntegrationConfiguration,
        "APPLICATION__": ApplicationSettings,
    }
    for prefix, read in read_environment.items():
        try:
            read()
        except ValidationError as error:
            found += _mistakes_of(error, prefix)
        except SettingsError as error:  # JSON that can't be read
            name = str(error).partition('"')[2].partition('"')[0]
            found.append(Mistake("is not valid JSON", (_place([name], prefix),)))
    return found


def config_mistakes(config: Mapping[str, Any]) -> list[Mistake]:
    """Return which of this integration's own settings have the wrong type or name."""
    spec = get_spec_file() or {}
    declared = spec.get("configurations", [])
    found = [
        Mistake(
            f"in the JSON of a variable it is written {decamelize(name)}",
            ((name, variable_of(name)),),
        )
        for name in sorted({one["name"] for one in declared} & config.keys())
        if decamelize(name) != name
    ]
    try:
        default_config_factory(declared).model_validate(dict(config))
    except ValidationError as error:
        found += _mistakes_of(error, CONFIG)
    return found


def empty_credentials(settings: IntegrationConfiguration) -> list[Mistake]:
    """Return which of Port's credentials are set to nothing."""
    return [
        Mistake("is empty", (_place(("port", name), "OCEAN__"),))
        for _, name in CREDENTIALS
        if not getattr(settings.port, name).strip()
    ]


def unwritable_cache(settings: IntegrationConfiguration) -> list[Mistake]:
    """Return a mistake if the framework can't keep its cache on the disk.

    It would end with a traceback, for example on a root file system that is read-only.
    """
    if settings.caching_storage_mode != CachingStorageMode.disk:
        return []
    try:
        CACHE.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=CACHE).close()
    except OSError as error:
        wrong = f"the cache needs {CACHE}, which can't be written to: {error.strerror}"
        place = _place(("caching_storage_mode",), "OCEAN__")
        return [
            Mistake(f"{wrong}. Mount a folder there, or keep it in memory", (place,))
        ]
    return []


def _mistakes_of(error: ValidationError, prefix: str) -> Iterable[Mistake]:
    """Yield what pydantic complains of, without the values: some are secrets."""
    for problem in error.errors(include_input=False, include_url=False):
        names = [str(part) for part in problem["loc"]]
        # What may have several forms is complained of once for each, by its class.
        plain = list(takewhile(str.islower, names))
        words = problem["msg"].removeprefix("Value error, ")
        words = words if plain == names else "has none of the forms that are allowed"
        missing = CREDENTIALS if plain == ["port"] else (plain,)
        yield Mistake(words, tuple(_place(one, prefix) for one in missing))


def _place(names: Sequence[str], prefix: str) -> tuple[str, str]:
    setting = ".".join(str(camelize(name)) for name in names)
    return setting, prefix + "__".join(names).upper()
