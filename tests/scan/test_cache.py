"""The cache gives back what was put into it, and a damaged or foreign entry is a miss."""

import pathlib

from payproof.scan.cache import FOLDER, Cache

KEY = bytes(range(20))


def test_what_is_put_comes_back(tmp_path: pathlib.Path) -> None:
    Cache(tmp_path, "1").put("facts", KEY, {"a": [1, None, "x"]})
    cache = Cache(tmp_path, "1")
    assert cache.get("facts", KEY) == {"a": [1, None, "x"]}
    assert cache.hits == 1


def test_another_version_kind_or_key_is_a_miss(tmp_path: pathlib.Path) -> None:
    Cache(tmp_path, "1").put("facts", KEY, 1)
    assert Cache(tmp_path, "2").get("facts", KEY) is None
    assert Cache(tmp_path, "1").get("other", KEY) is None
    assert Cache(tmp_path, "1").get("facts", b"\0" * 20) is None


def test_a_damaged_entry_is_a_miss(tmp_path: pathlib.Path) -> None:
    Cache(tmp_path, "1").put("facts", KEY, [1, 2])
    (entry,) = (tmp_path / FOLDER).rglob("*.json")
    entry.write_bytes(entry.read_bytes().replace(b"2", b"3"))
    assert Cache(tmp_path, "1").get("facts", KEY) is None
    entry.write_bytes(b"not json")
    assert Cache(tmp_path, "1").get("facts", KEY) is None


def test_the_folder_ignores_itself(tmp_path: pathlib.Path) -> None:
    Cache(tmp_path, "1").put("facts", KEY, 1)
    assert "*" in (tmp_path / FOLDER / ".gitignore").read_text().splitlines()


def test_a_disabled_cache_keeps_nothing(tmp_path: pathlib.Path) -> None:
    Cache(tmp_path, "1", enabled=False).put("facts", KEY, 1)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: pathlib.Path) -> None:
    (tmp_path / FOLDER).write_text("a file stands where the folder should")
    cache = Cache(tmp_path, "1")
    cache.put("facts", KEY, 1)
    assert cache.get("facts", KEY) is None
