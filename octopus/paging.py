"""How Octopus' lists are read."""

from core.paging import SkipTakePaging

# Octopus takes any page size: https://github.com/OctopusDeploy/Issues/issues/2519
# Its support asks for 1,500: https://github.com/OctopusDeploy/Issues/issues/9152
# But pages of many megabytes have slowed servers down, hence pages grow while they are
# light: https://github.com/OctopusDeploy/Issues/issues/8065
MOST_ROWS = 480
# So many tasks with ids of up to seven digits are asked for at once (`by_ids`): pages
# in multiples of it leave no such request half empty.
BY_IDS = 160
PAGE = SkipTakePaging(size=100, most=MOST_ROWS, step=BY_IDS)
# Lists of the whole server, its spaces included.
EVERYWHERE = {"spaces": "all", "includeSystem": "true"}
