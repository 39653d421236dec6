"""The stand-in of Port in a browser: its pages, scorecards and tables, and one way."""

from sandbox.show.routes import START, add_to

__all__ = ["START", "add_to"]
