"""Create self-service actions in Port for what this installation can do.

What Port lacks is shown, and created if you agree. An action that is there in another
form stays as it is, for people may have changed it; `--update` gives it our form again.
Nothing is deleted. With `actionsByWebhook`, Port posts to OCEAN__BASE_URL.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from humps import decamelize
from port_ocean.config.settings import IntegrationConfiguration

from commands.action_forms import Installation, Item, build, read_forms
from commands.line import ROOT, command, end_with
from commands.port import NoAnswer, Port, Refused, open_port
from commands.resource_merge import fits
from commands.resources import STATUSES, ask_people, refused, write_if
from commands.settings import read_settings
from core.errors import ConfigurationError
from framework.settings import SettingsMistake, read_config
from jira.settings import parse_settings as jira_settings
from octopus.settings import parse_settings as octopus_settings

NO_ADDRESS = "actionsByWebhook is on, so OCEAN__BASE_URL must be set: Port posts to it"


def wanted(settings: IntegrationConfiguration, config: Mapping[str, Any]) -> list[Item]:
    """Return the actions of what is set up, and allowed; raises ConfigurationError."""
    by_webhook = config.get("actions_by_webhook") is True
    if by_webhook and not settings.base_url:
        raise ConfigurationError(NO_ADDRESS)
    installation = Installation(
        identifier=settings.integration.identifier,
        address=str(settings.base_url or "") if by_webhook else "",
    )
    oauth = bool(settings.oauth_access_token_file_path)
    products = ["jira"] if jira_settings(config, oauth) else []
    products += ["octopus"] if octopus_settings(config) else []
    return [
        build(name, form, installation)
        for product in products
        for name, form in read_forms(product).items()
        if is_allowed(form, config)
    ]


def is_allowed(form: Item, config: Mapping[str, Any]) -> bool:
    """Return whether a form needs no setting, or one that is on."""
    return "setting" not in form or config.get(decamelize(form["setting"])) is True


@dataclass(frozen=True)
class Change:
    """What is told of an action, and the request that writes it, if there is one."""

    line: str
    action: Item
    method: str = ""
    path: str = ""


def find_changes(port: Port, ours: Iterable[Item], update: bool) -> Iterator[Change]:
    """Yield what differs in Port; raises NoAnswer."""
    for action in ours:
        name = action["identifier"]
        path = f"actions/{quote(name, safe='')}"
        theirs = (port.ask("GET", path) or {}).get("action")
        if theirs is None:
            yield Change(f"+ action {name}: is created", action, "POST", "actions")
        elif not fits(action, theirs):
            if update:
                told = f"  action {name}: gets the form of this version"
                yield Change(told, action, "PUT", path)
            else:
                told = f"= action {name} is another one, and stays as it is"
                yield Change(told, action)


def run(
    port: Port, ours: Iterable[Item], agrees: Callable[[], bool], update: bool
) -> int:
    """Show what Port lacks, and write it if that is agreed; return the exit status."""
    changes = list(find_changes(port, ours, update))
    for change in changes:
        print(change.line)
    needed = [change for change in changes if change.method]
    if not needed:
        print("Port has all actions of this installation.")
        return 0
    return write_if(agrees, write(port, needed))


def write(port: Port, changes: Iterable[Change]) -> Iterator[str]:
    """Write actions; yield what Port refuses."""
    for change in changes:
        what = f"action {change.action['identifier']}"
        yield from refused(port, change.method, change.path, change.action, what)


def main() -> int:
    """Return the exit status of this program."""
    parser = command("actions", __doc__, STATUSES)
    parser.add_argument("--yes", action="store_true", help="write it without asking")
    help_ = "also give actions that people have changed the form of this version"
    parser.add_argument("--update", action="store_true", help=help_)
    options: Any = parser.parse_args()
    os.chdir(ROOT)
    try:
        settings = read_settings()
        ours = wanted(settings, read_config())
        with open_port(settings) as port:
            return run(port, ours, lambda: options.yes or ask_people(), options.update)
    except (SettingsMistake, ConfigurationError, NoAnswer, Refused) as error:
        print(f"Failed: {error}", flush=True)
        return 1


if __name__ == "__main__":
    end_with(main)
