"""The endpoints: one function for each, found by being in a module of this folder."""
