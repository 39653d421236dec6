"""Read the settings before anything is started; say all that is wrong with them."""

from port_ocean.config.settings import IntegrationConfiguration

from framework.settings import (
    Mistake,
    SettingsMistake,
    config_mistakes,
    describe_all,
    empty_credentials,
    framework_mistakes,
    mistake_of,
    read_config,
    unwritable_cache,
)
from links.products import settings_mistakes


def read_settings() -> IntegrationConfiguration:
    """Return the settings that the integration will have, too.

    Raises SettingsMistake, whose message names everything that is wrong.
    """
    mistakes = framework_mistakes()
    settings = None
    if not mistakes:
        settings = IntegrationConfiguration()  # type: ignore[call-arg] # environment
        mistakes += empty_credentials(settings) + unwritable_cache(settings)
    mistakes += _own_mistakes(settings)
    if mistakes or settings is None:
        raise SettingsMistake(describe_all(mistakes))
    return settings


def _own_mistakes(settings: IntegrationConfiguration | None) -> list[Mistake]:
    try:
        config = read_config()
    except ValueError:  # the framework's own complaint names the variable
        return [] if settings is None else [Mistake("integration.config is no JSON")]
    oauth = bool(settings and settings.oauth_access_token_file_path)
    found, typed = settings_mistakes(config, oauth), config_mistakes(config)
    known = {mistake.places for mistake in typed}
    return typed + [one for one in map(mistake_of, found) if one.places not in known]
