"""Opens files of a tree that is not trusted: regular files only, no link in place of a file, nothing that blocks."""

from __future__ import annotations

import errno
import io
import os
import pathlib
import stat

LARGEST = 10_000_000
"""Bytes beyond which a file is not read as a whole."""

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a FIFO put in place of a file must not stop the scan
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def open_regular(path: pathlib.Path) -> io.FileIO:
    """Return the open regular file at `path`, unbuffered. Raises `OSError`, for a symbolic link or a special file too."""
    descriptor = os.open(path, _FLAGS)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file")
    return io.FileIO(descriptor, "rb")


def read_whole(path: pathlib.Path) -> bytes | None:
    """Return the content of the regular file at `path`, or None when it holds more than `LARGEST` bytes. Raises `OSError`."""
    with open_regular(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > LARGEST:
            return None
        data = stream.read(LARGEST + 1)
        while len(data) <= LARGEST and (more := stream.read(LARGEST + 1 - len(data))):
            data += more
    return data if len(data) <= LARGEST else None
