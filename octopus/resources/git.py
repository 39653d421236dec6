"""How paths of the API name a branch of a Git repository (pure)."""

from urllib.parse import quote


def encoded_reference(branch: str) -> str:
    """Return a branch's full reference as one part of a path: `refs%2Fheads%2Fmain`.

    https://octopus.com/docs/api/runbooks
    """
    reference = branch if branch.startswith("refs/") else f"refs/heads/{branch}"
    return quote(reference, safe="")
