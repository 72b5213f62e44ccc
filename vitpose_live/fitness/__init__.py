"""What a body does: the angles of its joints."""

from vitpose_live.fitness.angles import ANGLES, UP, AngleKind, Angles, JointAngle, measure

__all__ = ["ANGLES", "UP", "AngleKind", "Angles", "JointAngle", "measure"]
