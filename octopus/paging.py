"""How Octopus' lists are read."""

from core.paging import SkipTakePaging

# Octopus takes any page size: https://github.com/OctopusDeploy/Issues/issues/2519
# Its support asks for 1,500: https://github.com/OctopusDeploy/Issues/issues/9152
# But pages of many megabytes have slowed servers down, hence pages grow while they are
# light: https://github.com/OctopusDeploy/Issues/issues/8065
MOST_ROWS = 500
PAGE = SkipTakePaging(size=100, most=MOST_ROWS)
# Lists of the whole server, its spaces included.
EVERYWHERE = {"spaces": "all", "includeSystem": "true"}
