"""A file is there as a whole or not at all."""

from __future__ import annotations

import os
import pathlib
import threading

import pytest

from payproof import atomic


def test_a_file_is_replaced_in_one_step(tmp_path: pathlib.Path) -> None:
    target = tmp_path / "report.sarif"
    target.write_text("old", "utf-8")
    atomic.write(target, "new é\n".encode())
    assert target.read_bytes() == "new é\n".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["report.sarif"]


def test_a_link_keeps_its_place(tmp_path: pathlib.Path) -> None:
    (tmp_path / "real.txt").write_text("old", "utf-8")
    (tmp_path / "link.txt").symlink_to("real.txt")
    atomic.write(tmp_path / "link.txt", b"new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text("utf-8") == "new"


def test_a_pipe_is_written_to_directly(tmp_path: pathlib.Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    taken: list[str] = []
    reader = threading.Thread(target=lambda: taken.append(pipe.read_text("utf-8")))
    reader.start()
    atomic.write(pipe, b"through")
    reader.join(timeout=30)
    assert taken == ["through"]


def test_a_failure_leaves_the_old_content_and_no_draft(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report.sarif"
    target.write_text("old", "utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pathlib.Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        atomic.write(target, b"new")
    assert [(path.name, path.read_text("utf-8")) for path in tmp_path.iterdir()] == [("report.sarif", "old")]
