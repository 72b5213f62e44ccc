"""What is remembered of somebody's clothes, and what is not."""

import pytest
from tracking.test_reunion import BLACK, FPS, RED, World

import vitpose_live as vl


class Blind(World):
    """Sees nobody who stands in front, and no pose of theirs."""

    def detect(self, frame):
        self.visible = [(300, RED)] if (300, RED) in self.people else [one for one in self.people if len(one[1]) == 3]
        return super().detect(frame)


@pytest.mark.parametrize("clear", [0.5, 1.0, 2.0])
def test_whoever_stood_in_front_is_not_taken_for_the_person_behind(clear):
    """Somebody in black, unseen by the detector, covers somebody in red, goes, and comes in alone later."""
    world = Blind()
    analyzer = vl.Analyzer(world, world, det_frequency=3)
    ids = []
    for index in range(round((4 + clear) * FPS)):
        time = index / FPS
        if time < 0.5:
            people = [(300, RED), (300, (7, *BLACK))]
        elif time < 0.5 + clear:
            people = [(300, RED)]
        elif time < 3.5 + clear:
            people = []
        else:
            people = [(320, BLACK)]
        ids.append(analyzer.analyze(world.picture(index, people)).tracks.ids.tolist())
    assert ids[0] == [1]
    assert ids[-1] == [2]
