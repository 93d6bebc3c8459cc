"""Settings are judged by what they are for, across the files of a project, and only where payments are taken."""

import pathlib

import pytest

from payproof.model import Verdict
from payproof.scan.engine import ScanOptions, scan
from payproof.scan.settings import Profile, is_settings, profile_of

PAYMENT = {"shop/pay.py": "import stripe\n"}


@pytest.mark.parametrize(
    ("path", "profile"),
    [
        ("shop/settings.py", Profile.ANY),
        ("shop/settings/production.py", Profile.PRODUCTION),
        ("deploy/.env.prod", Profile.PRODUCTION),
        ("config/settings_local.py", Profile.DEVELOPMENT),
        (".env.example", Profile.DEVELOPMENT),
        ("sandbox/settings.py", Profile.DEVELOPMENT),
        ("production/settings/dev.py", Profile.DEVELOPMENT),
        ("products/settings.py", Profile.ANY),
    ],
)
def test_profile(path: str, profile: Profile) -> None:
    assert profile_of(path) is profile


def test_the_class_says_more_than_the_file() -> None:
    assert profile_of("config.py", "ProductionConfig") is Profile.PRODUCTION
    assert profile_of("production.py", "DevelopmentConfig") is Profile.DEVELOPMENT


def test_settings_are_known_by_their_name() -> None:
    names = (
        "shop/settings.py",
        "settings/base.py",
        "config.py",
        "conf/prod.py",
        "my_settings.py",
        "shop/views.py",
        "configs/x/y/z.py",
    )
    assert [is_settings(name) for name in names] == [True, True, True, True, True, False, False]


def found(root: pathlib.Path, files: dict[str, str], *paths: str) -> list[tuple[str, str, str]]:
    (root / "pyproject.toml").write_text("")
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    options = ScanOptions(select=("session", "environment"), cache=False)
    sites = scan([root / path for path in paths] or [root], options).sites
    return [(site.rule, str(site.place), site.confidence.value) for site in sites if site.verdict is Verdict.VIOLATED]


def test_settings_of_a_project_without_payments_are_not_asked(tmp_path: pathlib.Path) -> None:
    assert found(tmp_path, {"shop/settings.py": "DEBUG = True\nSESSION_COOKIE_SECURE = False\n"}) == []


def test_what_production_sets_right_overrules_what_is_for_all(tmp_path: pathlib.Path) -> None:
    files = {
        "s/settings/base.py": "DEBUG = True\nSESSION_COOKIE_SECURE = False\n",
        "s/settings/production.py": "DEBUG = False\nSESSION_COOKIE_SECURE = True\n",
        "s/settings/local.py": "DEBUG = True\nSESSION_COOKIE_SECURE = False\n",
    }
    assert found(tmp_path, PAYMENT | files) == []


def test_what_is_wrong_in_production_is_certain(tmp_path: pathlib.Path) -> None:
    files = {"s/settings/production.py": "DEBUG = True\nSESSION_COOKIE_SECURE = True\n"}
    assert found(tmp_path, PAYMENT | files) == [("debug-in-production", "s/settings/production.py:1", "high")]


def test_a_cookie_that_is_set_nowhere_is_one_question_of_a_whole_project(tmp_path: pathlib.Path) -> None:
    middleware = "MIDDLEWARE = [\n    'django.contrib.sessions.middleware.SessionMiddleware',\n]\n"
    files = PAYMENT | {"s/settings.py": middleware, "t/settings.py": middleware}
    assert found(tmp_path, files) == [("session-cookie-exposed", "s/settings.py:1", "low")]
    assert found(tmp_path, files, "s/settings.py", "shop/pay.py") == []


def test_a_switch_of_outgoing_webhooks_is_another_matter(tmp_path: pathlib.Path) -> None:
    text = 'import os\nimport stripe\n\nA = os.environ.get("{}")\n'
    assert found(tmp_path, {"a.py": text.format("EVENT_WEBHOOK_SKIP_VERIFY_SSL")}) == []
    assert found(tmp_path, {"a.py": text.format("STRIPE_SKIP_SIGNATURE_CHECK")}) == [("test-switch-in-code", "a.py:4", "medium")]
