"""Lets `python -m payproof` do what the `payproof` command does."""

from __future__ import annotations

from payproof.cli import main

if __name__ == "__main__":
    main()
