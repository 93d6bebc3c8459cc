from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

SCRIPT = pathlib.Path(__file__).with_name("sdk_versions.py")


@pytest.fixture
def package(tmp_path: pathlib.Path) -> pathlib.Path:
    """A package laid out as the SDK, with one endpoint, one object and one event type."""
    made = tmp_path / "stripe"
    made.mkdir()
    (made / "_version.py").write_text('VERSION = "99.0.0"\n')
    (made / "_api_version.py").write_text('class _ApiVersion:\n    CURRENT = "2030-01-01.final"\n')
    (made / "_object_classes.py").write_text('OBJECT_CLASSES = {\n    "event": ("stripe._event", "Event"),\n}\n')
    (made / "_event.py").write_text(
        'class Event(StripeObject):\n    OBJECT_NAME = "event"\n    type: Literal["odd.made", "odd.lost"]\n'
    )
    _service(made, "List[str]")
    return made


def _service(package: pathlib.Path, type_: str) -> None:
    (package / "_odd_service.py").write_text(
        f"class OddParams(TypedDict):\n    odd: {type_}\n\n\nclass OddService(StripeService):\n"
        '    def list(self, params: "OddParams"):\n        return self._request("get", "/v1/odds", params=params)\n'
    )


def _run(folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), str(folder)], capture_output=True, text=True)


def test_the_table_has_a_row_for_each_version(package: pathlib.Path) -> None:
    ran = _run(package.parent)
    assert ran.returncode == 0, ran.stderr
    assert "| 99.0.0 | 2030-01-01.final | 1 | 0 | 1 | 1 | 1 | 1 | 1 | 0 | 2 |" in ran.stdout


def test_a_version_with_a_type_that_is_not_understood_is_named(package: pathlib.Path) -> None:
    _service(package, "Set[str]")
    ran = _run(package.parent)
    assert ran.returncode == 1
    assert "stripe 99.0.0: stripe._odd_service: the annotation Set[str] is not understood" in ran.stdout
