"""Only regular files are opened, and never more of one than fits."""

from __future__ import annotations

import os
import pathlib

import pytest

from payproof.scan import reading


def test_reads_a_file(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.py").write_bytes(b"x = 1\r\n")
    assert reading.read_whole(tmp_path / "a.py") == b"x = 1\r\n"


def test_a_large_file_is_not_read(tmp_path: pathlib.Path) -> None:
    with (tmp_path / "a.py").open("wb") as stream:
        stream.truncate(reading.LARGEST + 1)
    assert reading.read_whole(tmp_path / "a.py") is None


def test_a_file_of_the_largest_size_is_read(tmp_path: pathlib.Path) -> None:
    with (tmp_path / "a.py").open("wb") as stream:
        stream.truncate(reading.LARGEST)
    assert len(reading.read_whole(tmp_path / "a.py") or b"") == reading.LARGEST


def test_a_link_in_place_of_a_file_is_refused(tmp_path: pathlib.Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "a.py").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError):
        reading.open_regular(tmp_path / "a.py")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFO on this system")
def test_a_fifo_does_not_block(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "a.py")
    with pytest.raises(OSError, match="not a regular file"):
        reading.open_regular(tmp_path / "a.py")
