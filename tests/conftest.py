"""What holds for all tests."""

import gc
import os

import pytest
from hypothesis import settings
from hypothesis.internal.detection import is_hypothesis_test

# Machines that run tests are shared, so how long an example takes says nothing.
settings.register_profile("here", deadline=None)
# A run in CI fails for a change, not for its luck; a developer's looks further each time.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")  # noqa: TID251 - not a setting

_FURTHER = int(os.environ.get("FUZZ", "1"))  # noqa: TID251 - not a setting


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run only tests with examples where `make fuzz` asks for more of them, each its share."""
    if _FURTHER == 1:
        return
    items[:] = [item for item in items if is_hypothesis_test(getattr(item, "obj", None))]
    for test in {item.obj for item in items if isinstance(item, pytest.Function)}:
        usual = test._hypothesis_internal_use_settings
        test._hypothesis_internal_use_settings = settings(
            usual, max_examples=usual.max_examples * _FURTHER
        )


def pytest_collection_finish() -> None:
    """Spare the collector ten thousand tests that stay: going over them stops a server for seconds.

    The servers of a test run in its own process, and who asks them waits no longer than a second.
    """
    gc.collect()
    gc.freeze()
