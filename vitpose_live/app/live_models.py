"""The models a session uses, kept from run to run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

from vitpose_live.app.models import fetch
from vitpose_live.app.session import Get, load_detector_of, load_pose_estimator_of
from vitpose_live.app.settings import Settings
from vitpose_live.errors import ModelError
from vitpose_live.models.catalog import ModelKind
from vitpose_live.pipeline.protocols import Detector, PoseEstimator

_Load = Callable[[Settings, Get], Any]


class ModelShelf:
    """Loads the models that settings ask for, and keeps the latest two for the next time.

    Whoever wants one that is being loaded already waits for that.

    Parameters
    ----------
    detector, pose_estimator
        Load one; called with the settings and with what downloads a model by name and kind.
    """

    def __init__(self, detector: _Load = load_detector_of, pose_estimator: _Load = load_pose_estimator_of) -> None:
        self._load_detector = detector
        self._load_pose_estimator = pose_estimator
        self._lock = Lock()
        self._kept: dict[str, tuple[Hashable, Any]] = {}
        self._loading: defaultdict[Hashable, Lock] = defaultdict(Lock)
        self._abandoned = 0
        self.download: tuple[str, int, int] | None = None
        """Name, bytes here and bytes in all of the download going on."""

    def load(self, settings: Settings) -> tuple[Detector, PoseEstimator]:
        """Return the detector and the pose model; takes seconds when they are not here yet, minutes with a download.

        Raises
        ------
        VitposeLiveError
            When one cannot be loaded, or `abandon` was called while it was being downloaded.
        """
        where = settings.device, settings.precision
        get = self._get()
        detector = self._one(
            "detector", (settings.detector, settings.conf, *where), lambda: self._load_detector(settings, get)
        )
        pose_key = (settings.pose, settings.dataset_index, settings.flip_test, *where)
        return detector, self._one("pose", pose_key, lambda: self._load_pose_estimator(settings, get))

    def abandon(self) -> None:
        """Give up the downloads that are going on; what is here of them is used the next time."""
        with self._lock:
            self._abandoned += 1
            self.download = None

    def _one(self, part: str, key: Hashable, load: Callable[[], Any]) -> Any:
        with self._lock:
            loading = self._loading[part, key]
        with loading:
            with self._lock:
                kept_key, model = self._kept.get(part, (None, None))
            if kept_key != key:
                model = load()
                with self._lock:
                    self._kept[part] = key, model
            return model

    def _get(self) -> Get:
        begun = self._abandoned

        def get(name: str, kind: ModelKind) -> object:
            def progress(done: int, total: int) -> None:
                with self._lock:
                    if self._abandoned != begun:
                        raise ModelError(f"the download of {name} was stopped", hint="open the source again to go on")
                    self.download = name, done, total

            try:
                return fetch(name, kind, progress=progress)
            finally:
                with self._lock:
                    if self._abandoned == begun:
                        self.download = None

        return get
