"""A sandbox behind a port of this machine, for applications in any language and processes of their own.

The same core answers as in a test's own process. Each API key has an account of its own, so that parallel suites never meet.
Needs the packages of the extra `server`.
"""
