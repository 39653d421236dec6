"""The settings of Jira Cloud: where the sites are, and who asks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from core.errors import ConfigurationError
from core.settings import (
    LOOPBACK_HOSTS,
    find_mistakes,
    is_not_used,
    parse_url,
    read_choice,
    read_product,
)
from core.site import FIRST, Site
from core.sites import parse_sites

PRODUCT = "Jira"
OAUTH_REQUIRED = {"jira_host": "jiraHost"}
TOKEN_REQUIRED = {
    **OAUTH_REQUIRED,
    "atlassian_user_email": "atlassianUserEmail",
    "atlassian_user_token": "atlassianUserToken",
}
# What a further site may have, too, and the list of these.
KEYS = (*TOKEN_REQUIRED, "atlassian_organization_id", "jira_webhook_secret")
SITES = "jiraSites"
# What Port's form offers; OAuth is a button of its own there.
WAYS = ("API token",)


@dataclass(frozen=True)
class JiraSettings:
    """Where the site is and who asks; `email` and `token` are empty under OAuth."""

    origin: str
    path: str
    email: str = ""
    token: str = field(default="", repr=False)
    organization_id: str | None = None
    webhook_secret: str = field(default="", repr=False)
    site: Site = FIRST

    @property
    def base_url(self) -> str:
        """Return where the API is: the site, or its path on the gateway."""
        return self.origin + self.path


def parse_settings(
    config: Mapping[str, Any], oauth: bool = False
) -> list[JiraSettings]:
    """Return the settings of each site, nothing when Jira is not configured at all.

    With `oauth`, the framework holds the token of the first one, and only the address
    is needed. Raises ConfigurationError for half a configuration or a bad address.
    """
    if is_not_used(config.get("jira_sign_in")):
        return []
    read_choice(config.get("jira_sign_in"), "jiraSignIn", WAYS)
    needed = ", ".join(TOKEN_REQUIRED.values())
    parse = partial(_parse_site, oauth=oauth)
    return parse_sites(config, SITES, KEYS, parse, needed)


def _parse_site(
    config: Mapping[str, Any], site: Site, oauth: bool
) -> JiraSettings | None:
    is_oauth = oauth and not site.name  # Port's form connects one site only
    required = OAUTH_REQUIRED if is_oauth else TOKEN_REQUIRED
    values = read_product(config, PRODUCT, required)
    if values is None:
        return None
    origin, path = _parse_host(values["jira_host"])
    return JiraSettings(
        origin=origin,
        # Only the gateway has a path; whatever follows the host of a site is a page.
        path="/".join(path.split("/")[:4]) if path.startswith("/ex/jira/") else "",
        email=values.get("atlassian_user_email", ""),
        token=values.get("atlassian_user_token", ""),
        organization_id=config.get("atlassian_organization_id") or None,
        webhook_secret=str(config.get("jira_webhook_secret") or ""),
        site=site,
    )


def _parse_host(value: str) -> tuple[str, str]:
    origin, path = parse_url(value, "jiraHost")
    url = urlsplit(origin)
    if url.scheme == "http" and url.hostname not in LOOPBACK_HOSTS:
        message = f"jiraHost must start with https://, not http://: {origin}"
        raise ConfigurationError(message, "jiraHost")
    return origin, path


def settings_mistakes(
    config: Mapping[str, Any], oauth: bool = False
) -> list[ConfigurationError]:
    """Return all that is wrong with the settings of Jira, not only the first of it."""
    if is_not_used(config.get("jira_sign_in")):
        return []
    required = OAUTH_REQUIRED if oauth else TOKEN_REQUIRED
    host = str(config.get("jira_host") or "").strip()
    found = find_mistakes(
        lambda: read_choice(config.get("jira_sign_in"), "jiraSignIn", WAYS),
        lambda: read_product(config, PRODUCT, required),
        lambda: host and _parse_host(host),
    )
    # Of further sites, the first mistake.
    return found or find_mistakes(lambda: parse_settings(config, oauth))
