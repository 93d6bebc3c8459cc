"""One module for each HTTP library: its calls become sandbox requests, the sandbox's answers what the library returns.

Each offers `replacements()`: owner, attribute and a function that makes the replacement from what it replaces. A replacement
is inert while no sandbox is active, and for hosts that no sandbox imitates.
"""
