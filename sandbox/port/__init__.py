"""A stand-in of Port's API: what the framework asks for, and validation as in Port.

https://docs.port.io/api-reference/port-api/
"""

from sandbox.port.app import PortSandbox
from sandbox.port.store import Store

__all__ = ["PortSandbox", "Store"]
