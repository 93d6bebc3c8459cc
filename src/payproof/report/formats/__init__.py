"""One module per report format; see `payproof.report`."""
