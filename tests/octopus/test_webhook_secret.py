"""Each space of each server has a secret of its own, the same in every process."""

from core.site import Site
from octopus.connection import webhook_secret
from octopus.settings import OctopusSettings


def secret(identifier: str, space: str, site: Site, **settings: str) -> str | None:
    own = OctopusSettings("https://octopus.test", **settings, site=site)  # type: ignore[arg-type]
    return webhook_secret(own, identifier, space)


def test_it_depends_on_key_identifier_server_and_space() -> None:
    secrets = [
        secret(identifier, f"Spaces-{n}", Site(name), api_key=key)
        for key, identifier in (("API-1", "shop"), ("API-2", "shop"), ("API-1", "bank"))
        for n in (1, 2)
        for name in ("", "emea")
    ]
    assert len(set(secrets)) == len(secrets)
    assert secret("shop", "Spaces-1", Site(), api_key="API-1") == secrets[0]


def test_one_of_the_user_is_for_all_spaces() -> None:
    own = {"api_key": "API-1", "webhook_secret": "own"}
    found = {secret("shop", f"Spaces-{n}", Site(), **own) for n in (1, 2)}
    assert found == {"own"}


def test_none_is_derived_from_a_token() -> None:
    assert secret("shop", "Spaces-1", Site(), access_token="ey") is None
