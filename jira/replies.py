"""Recognise replies of Jira Cloud itself, and those to an authenticated request."""

from collections.abc import Mapping
from typing import Any

# What the site says of a request's credential. Authenticated replies name the account;
# many endpoints answer anonymous requests, too:
# https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#response-headers
# https://github.com/MrRefactoring/jira.js/issues/418
ACCOUNT, LOGIN = "X-AACCOUNTID", "X-Seraph-LoginReason"
REFUSED_LOGINS = frozenset({"AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED", "OUT"})
# A site that is switched off says so in an error of another form, with status 404.
OWN_ERROR_FORMS = {"errorMessages": list, "errors": dict}


def is_authenticated(headers: Mapping[str, str]) -> bool | None:
    """Return whether a request was authenticated, None if its reply does not say."""
    reasons = {part.strip() for part in headers.get(LOGIN, "").split(",")}
    if reasons & REFUSED_LOGINS:
        return False
    return True if headers.get(ACCOUNT) or "OK" in reasons else None


def is_own_error(body: Any) -> bool:
    """Return whether a parsed body is an error in Jira's own form, with words in it.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#status-codes
    """
    if not isinstance(body, dict):
        return False
    return any(
        isinstance(words := body.get(key), form) and bool(words)
        for key, form in OWN_ERROR_FORMS.items()
    )
