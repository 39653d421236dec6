"""Local stand-ins of Jira, Octopus Deploy and Port over real HTTP."""
