"""Which release of a processor's SDK a project asks for: its requirement and lock files, read and compared."""
