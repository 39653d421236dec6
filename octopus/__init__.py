"""Octopus Deploy: what was delivered, and where."""
