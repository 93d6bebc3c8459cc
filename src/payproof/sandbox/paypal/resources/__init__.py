"""The imitated endpoints, found by being here; each function reads a request and hands it to `behaviour`."""
