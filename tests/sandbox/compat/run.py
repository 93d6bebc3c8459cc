"""Run the SDK tests against other releases of the `stripe` package, each in a throw-away environment.

    python tests/sandbox/compat/run.py [--python EXECUTABLE] [VERSION ...]

Not part of the test suite: it installs packages. Prints one line for each version and exits with 1 when one fails.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

VERSIONS = ("10.12.1", "11.6.1", "12.5.2", "13.2.1", "14.4.2", "15.6.2", "16.1.0")
BESIDES = ("pytest", "requests", "httpx", "anyio", "aiohttp", "pycurl")
ROOT = pathlib.Path(__file__).resolve().parents[3]
TESTS = ROOT / "tests" / "sandbox" / "core" / "transports" / "test_stripe_sdk.py"


def check(version: str, python: str) -> bool:
    """Return whether the SDK tests pass with that release."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, "-m", "venv", folder], check=True)
        inside = str(pathlib.Path(folder) / "bin" / "python")
        install = [inside, "-m", "pip", "install", "-q", "--disable-pip-version-check", f"stripe=={version}", *BESIDES, str(ROOT)]
        subprocess.run(install, check=True)
        done = subprocess.run(
            [inside, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib", str(TESTS)],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
    print(f"stripe {version}: {done.stdout.strip().splitlines()[-1]}")  # noqa: T201
    if done.returncode:
        print(done.stdout)  # noqa: T201
    return done.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("versions", nargs="*", default=VERSIONS)
    parser.add_argument("--python", default=sys.executable)
    asked = parser.parse_args()
    failed = [version for version in asked.versions if not check(version, asked.python)]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
