from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest
import stripe

from payproof.sandbox.stripe.schemas import sdk
from payproof.sandbox.stripe.schemas.sdk import Sdk, SdkError


def _package(folder: pathlib.Path, version: str = "16.1.0") -> pathlib.Path:
    (folder / "_version.py").write_text(f'VERSION = "{version}"\n')
    (folder / "_api_version.py").write_text('class _ApiVersion:\n    CURRENT = "2026-10-28.endive"\n')
    return folder


def test_the_installed_sdk_is_found_with_its_versions() -> None:
    found = sdk.installed()
    assert found.version == stripe.VERSION
    assert found.api_version == stripe.api_version


def test_neither_import_nor_use_of_the_schemas_imports_stripe() -> None:
    code = (
        "import sys; from payproof.sandbox.stripe.schemas import catalogue; c = catalogue();"
        "e = c.endpoint('POST', '/v1/charges'); c.check_params(e, {}); c.fields('charge'); c.event_types(); c.endpoints();"
        "print('stripe' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_a_missing_sdk_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stripe", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SdkError, match=r"not installed; run: pip install 'payproof\[stripe\]'"):
        sdk.installed.__wrapped__()


def test_an_sdk_older_than_10_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(SdkError, match=r"stripe 9\.12\.0 is older than 10; the Stripe sandbox needs stripe>=10"):
        Sdk(_package(tmp_path, "9.12.0"))


def test_a_package_that_is_no_sdk_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(SdkError, match=r"has no _version\.py"):
        Sdk(tmp_path)
    (tmp_path / "_version.py").write_text("pass\n")
    with pytest.raises(SdkError, match=r"defines no VERSION in _version\.py"):
        Sdk(tmp_path)


def test_a_module_that_is_not_there_is_named(tmp_path: pathlib.Path) -> None:
    with pytest.raises(SdkError, match=r"stripe 16\.1\.0 has no module stripe\._nothing"):
        Sdk(_package(tmp_path)).module("stripe._nothing")


def test_services_are_found_by_name_and_by_folder() -> None:
    found = sdk.installed()
    assert "stripe._payment_intent_service" in found.services_named("v1", "payment_intents")
    assert "stripe._invoice_item_service" in found.services_named("v1", "invoiceitems")
    assert "stripe.checkout._session_service" in found.services_named("v1", "checkout")
    assert set(found.services_named("v2", "core")) < set(found.services())
