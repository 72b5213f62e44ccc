"""Recordings in the formats of other tools, a module per format.

An exporter takes the `Material` and begins its files with `ExportFiles`, which moves them to their targets together:
all of a format is there, or nothing. Exporters are found in `vitpose_live.registry.exporters`, by the names that people
write; installed packages add theirs under the entry-point group ``vitpose_live.exporters``.

There is no BVH: it stores the rotations of bones in space, which poses in a picture do not tell.
"""

from vitpose_live.sinks.exports.files import ExportFiles, output_folder
from vitpose_live.sinks.exports.material import Material, only, unsmoothed
from vitpose_live.sinks.exports.steady import steady_clock
from vitpose_live.sinks.exports.supervision import to_supervision

__all__ = ["ExportFiles", "Material", "only", "output_folder", "steady_clock", "to_supervision", "unsmoothed"]
