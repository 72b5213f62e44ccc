"""How it flows: channel, analyzer, runner; imports no media, model or window library."""

from vitpose_live.pipeline.analyzer import Analyzer
from vitpose_live.pipeline.channel import Channel, Overflow
from vitpose_live.pipeline.runner import Runner
from vitpose_live.pipeline.status import RunState, StageTime, Status

__all__ = ["Analyzer", "Channel", "Overflow", "RunState", "Runner", "StageTime", "Status"]
