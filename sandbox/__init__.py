"""Local stand-ins of Jira, Octopus Deploy and Port over real HTTP."""

import signal
import sys

# Until the program itself can say so: an interruption of its start needs no traceback.
if sys.argv[0] == "-m":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
