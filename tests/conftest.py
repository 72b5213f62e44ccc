"""Fixtures every folder of tests may use."""

from __future__ import annotations

import gc
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from places import ROOT

# nothing that the machine's owner has downloaded or converted may change a result, and nothing is to be left there
_HOME = tempfile.TemporaryDirectory(prefix="vitpose-live-tests-")
os.environ["HF_HOME"] = f"{_HOME.name}/huggingface"
os.environ["XDG_CACHE_HOME"] = f"{_HOME.name}/cache"
os.environ["XDG_DATA_HOME"] = f"{_HOME.name}/data"
os.environ["XDG_CONFIG_HOME"] = f"{_HOME.name}/config"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["PYTEST_QT_API"] = "pyqt6"

# two processes run the tests: the threads that a library starts for each processor would wait for each other's
for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

# the same examples every time and none too slow: a failure is the change's fault, not chance's or the machine's; who
# wants to look further says --hypothesis-profile search
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", settings.get_profile("search"), derandomize=True)
settings.load_profile("same")

try:
    from PyQt6 import QtWidgets as _  # noqa: F401
except ImportError:  # the libraries that Qt draws with are not here: tests/ui skips and says so
    pass
else:
    pytest_plugins = ["pytestqt.plugin"]


_LONGEST = {
    "test_real_window.py",
    "test_cli.py",
    "test_estimator.py",
    "test_detector.py",
    "test_parity.py",
    "test_window.py",
}
"""Files to begin with."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let no process be left with a long file while the others have nothing to do any more."""
    items.sort(key=lambda item: item.path.name not in _LONGEST)


def pytest_collection_finish() -> None:
    """Have no collection of garbage look through again what all the tests have in common: a quarter of a second."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    _HOME.cleanup()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real clips, images and motion with truth, kept beside the checkout."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the test data folder ../shared/data, which is not here")
    return folder


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    """Fail the test that leaves one of our threads running; one that is about to end may take its last steps."""
    yield
    ours = [thread for thread in threading.enumerate() if thread.name.startswith("vitpose-")]
    for thread in ours:
        thread.join(10)
    left = [thread.name for thread in ours if thread.is_alive()]
    assert not left, f"threads left running: {left}"
