"""The command line. Nothing else in payproof prints or ends the process.

Commands are loaded when they are asked for, so that `payproof --version` stays quick.
"""

from __future__ import annotations

from payproof.cli.group import main

__all__ = ["main"]
