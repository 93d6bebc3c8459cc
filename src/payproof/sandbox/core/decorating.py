"""A sandbox as decorator: of functions, async functions, generators (fixtures) and test classes."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from payproof.sandbox.core.exchange import SandboxError

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

T = TypeVar("T")
Make = Callable[[], "Sandbox"]


def decorate(make: Make, target: T) -> T:
    """Return `target` so that each call of it (each test of a class) runs in a sandbox of its own, made by `make`."""
    subject: Any = target
    if inspect.isclass(subject):
        _decorate_class(make, subject)
        return target
    if not callable(subject):
        raise SandboxError(f"a sandbox decorates functions and test classes, not {subject!r}")
    decorated: T = _function(make, subject)
    return decorated


def _function(make: Make, function: Any) -> Any:
    if inspect.isasyncgenfunction(function):
        return _async_generator(make, function)
    if inspect.iscoroutinefunction(function):
        return _coroutine(make, function)
    if inspect.isgeneratorfunction(function):
        return _generator(make, function)

    @functools.wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Any:
        with make():
            return function(*args, **kwargs)

    return inside


def _coroutine(make: Make, function: Any) -> Any:
    @functools.wraps(function)
    async def inside(*args: Any, **kwargs: Any) -> Any:
        with make():
            return await function(*args, **kwargs)

    return inside


def _generator(make: Make, function: Any) -> Any:
    @functools.wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Iterator[Any]:
        with make():
            yield from function(*args, **kwargs)

    return inside


def _async_generator(make: Make, function: Any) -> Any:
    @functools.wraps(function)
    async def inside(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        with make():
            async for item in function(*args, **kwargs):
                yield item

    return inside


def _decorate_class(make: Make, subject: Any) -> None:
    # A class cannot derive from TestCase before unittest was imported.
    unittest = sys.modules.get("unittest")
    if unittest is not None and issubclass(subject, unittest.TestCase):
        subject.setUp = _test_case_set_up(make, subject.setUp)
        return
    if not any(name.startswith("test") for name in dir(subject)):
        raise SandboxError(
            f"{subject.__name__} has no tests; a sandbox decorates test classes, functions, or is used with `with`"
        )
    _decorate_plain(make, subject)


def _test_case_set_up(make: Make, set_up: Any) -> Any:
    @functools.wraps(set_up)
    def inside(self: Any) -> None:
        self.sandbox = make()
        self.sandbox.__enter__()
        # The first clean-up registered runs last: after tearDown and after every other clean-up. What it raises is
        # reported as an error of the test.
        self.addCleanup(self.sandbox.__exit__, None, None, None)
        set_up(self)

    return inside


def _decorate_plain(make: Make, subject: Any) -> None:
    """Wrap pytest's `setup_method` and `teardown_method`, so that the sandbox is there before and after the class's own."""
    set_up = getattr(subject, "setup_method", None)
    tear_down = getattr(subject, "teardown_method", None)

    def setup_method(self: Any, method: Any) -> None:
        self.sandbox = make()
        self.sandbox.__enter__()
        if set_up is None:
            return
        try:
            _call(set_up, self, method)
        except BaseException as error:
            # pytest calls no teardown_method when setup_method failed.
            self.sandbox.__exit__(type(error), error, error.__traceback__)
            raise

    def teardown_method(self: Any, method: Any) -> None:
        try:
            if tear_down is not None:
                _call(tear_down, self, method)
        except BaseException as error:
            self.sandbox.__exit__(type(error), error, error.__traceback__)
            raise
        self.sandbox.__exit__(None, None, None)

    subject.setup_method = setup_method
    subject.teardown_method = teardown_method


def _call(function: Any, self: Any, method: Any) -> None:
    bound = function.__get__(self)
    if inspect.signature(bound).parameters:
        bound(method)
    else:
        bound()
