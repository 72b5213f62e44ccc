"""Real clips, against an independent count of their packets."""

from __future__ import annotations

import itertools

import av
import pytest

from vitpose_live.sources import open_source

CLIPS = [
    "mmaction2_demo",
    "pose2sim_multi_cam01",
    "pose2sim_single_cam04",
    "rohanx01_squat",
    "sports2d_demo",
    "tfjs_pose_1",
    "tfjs_pose_squats",
]


@pytest.mark.parametrize("clip", CLIPS)
def test_every_packet_of_a_real_clip_is_a_frame_at_its_time(shared_data, clip):
    path = shared_data / "video" / f"{clip}.mp4"
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
        stamps = sorted(float(packet.pts * packet.time_base) for packet in packets)
        end = max(float((packet.pts + packet.duration) * packet.time_base) for packet in packets)
        size = (stream.width, stream.height)
        sound = bool(container.streams.audio)
    with open_source(path) as source:
        times = [frame.time for frame in source]
        info = source.info
        assert source.problems == ()
    assert times == pytest.approx([stamp - stamps[0] for stamp in stamps], abs=1e-9)
    assert all(earlier < later for earlier, later in itertools.pairwise(times))
    assert info.duration == pytest.approx(end - stamps[0], abs=1e-9)
    assert info.frame_count == len(packets)
    assert (info.width, info.height) == size
    assert (info.audio_path is not None) == sound
    assert info.start_time == pytest.approx(stamps[0])
