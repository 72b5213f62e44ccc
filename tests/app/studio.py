"""A live session whose parts are small, with a way to wait for what it says."""

import threading

from fakes import BoxDetector, CentrePose, frame

import vitpose_live as vl
from vitpose_live.app.live import LiveSession
from vitpose_live.app.live_models import ModelShelf
from vitpose_live.app.settings import Settings
from vitpose_live.errors import ModelError

BOX, OTHER = (1.0, 1.0, 4.0, 5.0), (5.0, 1.0, 8.0, 5.0)
SETTINGS = Settings.of(det_frequency=1)


class Studio:
    """A session, everything it says, and a way to wait for it."""

    def __init__(self, **parts):
        self.said = threading.Condition()
        self.results = []
        self.each = None
        self.loads = []
        parts = {"detector": self._load_detector, "pose_estimator": self._load_pose, **parts}
        self.session = LiveSession(
            SETTINGS,
            on_result=self._result,
            on_change=self._change,
            open_source=self._open,
            models=ModelShelf(**parts),
        )

    def _open(self, source, **options):
        return source() if callable(source) else source

    def _load_detector(self, settings, get):
        self.loads.append(settings.detector)
        return BoxDetector(BOX, OTHER)

    def _load_pose(self, settings, get):
        self.loads.append(settings.pose)
        if settings.pose == "broken":
            raise ModelError("no such model", hint="take another")
        return CentrePose(vl.load_skeleton("mpii16" if settings.pose == "other" else "coco17"))

    def _result(self, result):
        if self.each is not None:
            self.each(result)
        with self.said:
            self.results.append(result)
            self.said.notify_all()

    def _change(self):
        with self.said:
            self.said.notify_all()

    @property
    def indices(self):
        return [result.frame.index for result in self.results]

    def until(self, condition):
        with self.said:
            assert self.said.wait_for(condition, 60), (self.session.state, self.session.error, self.indices)

    def state(self, state):
        self.until(lambda: self.session.state is state)

    def shown(self, index):
        self.until(lambda: self.indices[-1:] == [index])


def feed(studio, camera, *indices):
    """Let pictures of these numbers be captured, each once the one before is on show."""
    for index in indices:
        camera.give(frame(index, size=(32, 24)))
        studio.shown(index)
