"""The endpoints, one module per family of objects; a module is found by being here."""
