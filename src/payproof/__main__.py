"""Lets `python -m payproof` do what the `payproof` command does."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    # `python -m` looks for modules in the current folder first: what lies there is to be scanned, never to be imported.
    if sys.path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109 - pathlib could be such a module
        del sys.path[0]
    from payproof.cli import main

    main()
