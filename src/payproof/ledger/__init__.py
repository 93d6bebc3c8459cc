"""The ledger: evidence in and out.

What the witnesses say is written to segments, one file of JSON lines for each process, and read back with everything
that is wrong with them. A segment's lines are chained by their hashes and closed by a seal: that shows damage and cut
files. It does not show forgery, because whoever can write the file can compute its hashes.
"""
