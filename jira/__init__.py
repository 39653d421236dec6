"""Jira Cloud: what a team plans."""
