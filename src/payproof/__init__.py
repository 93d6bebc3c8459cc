"""payproof: audit and test payment integrations.

Two witnesses speak about payment code: a static scanner reads it, and tests run it against sandboxes that play the
processors. What they say is evidence, laid beside the controls of one checklist.
"""

__version__ = "0.1.0"
