from __future__ import annotations

import pathlib
import subprocess
import sys

import stripe

SCRIPT = pathlib.Path(__file__).with_name("sdk_versions.py")


def test_the_table_of_versions_speaks_of_the_installed_sdk() -> None:
    folder = pathlib.Path(stripe.__file__).parents[1]
    ran = subprocess.run([sys.executable, str(SCRIPT), str(folder)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"| {stripe.VERSION} | {stripe.api_version} |" in ran.stdout


def test_a_version_with_a_type_that_is_not_understood_is_named(tmp_path: pathlib.Path) -> None:
    package = tmp_path / "stripe"
    package.mkdir()
    (package / "_version.py").write_text('VERSION = "99.0.0"\n')
    (package / "_api_version.py").write_text('class _ApiVersion:\n    CURRENT = "x"\n')
    (package / "_odd_service.py").write_text(
        "class OddParams(TypedDict):\n    odd: Set[str]\n\n\nclass OddService(StripeService):\n"
        '    def list(self, params: "OddParams"):\n        return self._request("get", "/v1/odds", params=params)\n'
    )
    (package / "_object_classes.py").write_text("OBJECT_CLASSES = {}\n")
    ran = subprocess.run([sys.executable, str(SCRIPT), str(tmp_path)], capture_output=True, text=True)
    assert ran.returncode == 1
    assert "stripe 99.0.0: stripe._odd_service: the annotation Set[str] is not understood" in ran.stdout
