"""payproof's pytest plugin: sandbox fixtures, the `payproof` marker, and evidence for the ledger."""
