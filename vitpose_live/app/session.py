"""Where parts meet: settings become a wired analyzer, a source and the sinks asked for become a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import vitpose_live
from vitpose_live.app.exercises import check_exercise, coach_of
from vitpose_live.app.models import fetch, missing
from vitpose_live.app.privacy import privacy_of, veiled_results
from vitpose_live.app.recollection import causal_smoother
from vitpose_live.app.settings import Settings, Smoothing, require_causal
from vitpose_live.app.two_passes import smoothed_results
from vitpose_live.data import FrameResult, SourceInfo, SourceKind
from vitpose_live.models import load_detector, load_pose_estimator
from vitpose_live.models.catalog import ModelKind
from vitpose_live.models.device import parse_device, parse_precision
from vitpose_live.pipeline import Analyzer, Runner
from vitpose_live.pipeline.protocols import Detector, PoseEstimator, Smoother
from vitpose_live.sources import open_source
from vitpose_live.tracking import BoxTracker

Get = Callable[[str, ModelKind], object]
"""Brings the model of that name and kind onto this machine."""


def load_detector_of(settings: Settings, get: Get = fetch) -> Detector:
    """Load the detector that `settings` ask for, with `get` if it is not here."""
    _bring(settings, settings.detector, "auto", get)
    return load_detector(settings.detector, device=settings.device, precision=settings.precision, conf=settings.conf)


def load_pose_estimator_of(settings: Settings, get: Get = fetch) -> PoseEstimator:
    """Load the pose model that `settings` ask for, with `get` if it is not here."""
    _bring(settings, "auto", settings.pose, get)
    return load_pose_estimator(
        settings.pose,
        device=settings.device,
        precision=settings.precision,
        dataset_index=settings.dataset_index,
        flip_test=settings.flip_test,
    )


def _bring(settings: Settings, detector: str, pose: str, get: Get) -> None:
    parse_device(settings.device)  # before gigabytes are downloaded for it
    parse_precision(settings.precision)
    for name, kind in missing(detector, pose):
        get(name, kind)


def smoother_of(settings: Settings) -> Smoother | None:
    """Return a fresh smoother as `settings` ask for; None for no smoothing.

    Raises
    ------
    SettingsError
        When they ask for one that needs the whole recording.
    """
    require_causal(settings.smoothing)
    return causal_smoother(settings.smoothing)


def first_pass(settings: Settings, info: SourceInfo) -> tuple[Settings, bool]:
    """Return with what to analyse the source described by `info`, and whether to go over it again to smooth that.

    What is smoothed afterwards is coached then.

    Raises
    ------
    SettingsError
        When the smoothing needs the whole of a source that is live.
    """
    if settings.smoothing is not Smoothing.ZERO_PHASE:
        return settings, False
    if info.live:
        require_causal(settings.smoothing)
    return settings.model_copy(update={"smoothing": Smoothing.NONE, "exercise": None}), True


def wire(settings: Settings, info: SourceInfo, detector: Detector, pose_estimator: PoseEstimator) -> Analyzer:
    """Wire the analysis of the source described by `info`.

    On stills the detector runs on every picture, and everybody it finds counts at once: the pictures have nothing to
    do with each other.
    """
    stills = info.kind is SourceKind.STILLS
    tracker = BoxTracker(number_people_max=settings.number_people_max, new_track_score=0.0 if stills else None)
    tracker.reidentify(on=settings.reidentify)
    return Analyzer(
        detector,
        pose_estimator,
        tracker=tracker,
        smoother=smoother_of(settings),
        coach=coach_of(settings, pose_estimator.skeleton),
        det_frequency=1 if stills else settings.det_frequency,
    )


def build_analyzer(settings: Settings, info: SourceInfo, get: Get = fetch) -> Analyzer:
    """Load the models, with `get` those that are not here, and wire the analysis that `settings` ask for."""
    check_exercise(settings)  # before gigabytes are downloaded for it
    return wire(settings, info, load_detector_of(settings, get), load_pose_estimator_of(settings, get))


def process(source: Any, *, duration: float | None = None, **settings: Any) -> Iterator[FrameResult]:
    """Analyse `source` and yield one result per frame.

    Decoding and analysis run on threads of their own, ahead of the caller; leaving the loop stops them. With
    ``smoothing="zero_phase"`` the first result comes after the whole of a recording has been analysed. With
    ``blur_faces`` and ``skeleton_only`` the pictures are veiled, and with the former a second late.

    Parameters
    ----------
    source
        Video file, folder or pattern of images, or an image.
    duration
        Stop after this many seconds of the source; None runs to its end.
    **settings
        Fields of `vitpose_live.app.settings.Settings`, such as ``det_frequency=10``.

    Raises
    ------
    VitposeLiveError
        When the source, a model or a setting will not do; at the first step of the iteration.
    """
    checked = Settings.of(**settings)
    with open_source(source, duration=duration) as opened:
        check_exercise(checked)
        first, afterwards = first_pass(checked, opened.info)
        analyzer = build_analyzer(first, opened.info)
        if afterwards:
            results = smoothed_results(opened, analyzer, coach_of(checked, analyzer.pose_estimator.skeleton))
        else:
            results = iter(Runner(opened, analyzer))
        yield from veiled_results(results, checked)


def describe(settings: Settings, analyzer: Analyzer, info: SourceInfo) -> dict[str, Any]:
    """Return what a saved table must say of its origin: program, models, settings, source."""
    detector, pose = analyzer.detector, analyzer.pose_estimator
    return {
        "version": vitpose_live.__version__,
        "models": {"detector": detector.name, "pose": pose.name, "device": pose.device, "precision": pose.precision},
        "settings": settings.model_dump(mode="json"),
        "privacy": privacy_of(settings),
        "source": {
            "uri": info.uri,
            "width": info.width,
            "height": info.height,
            "fps": info.fps,
            "kind": str(info.kind),
        },
    }
