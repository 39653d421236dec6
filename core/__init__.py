"""Fetching from paged HTTP APIs; knows no vendor and no Ocean context."""
