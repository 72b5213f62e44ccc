"""A filter that poses have made too sure of itself, and a detection that says otherwise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vitpose_live.tracking.motion import OBSERVED

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def doubted(states: Floats, covariances: Floats, measured: Floats, noise: Floats, where: Flags) -> Floats:
    """Covariances wide enough for what was measured to be no surprise.

    The errors of poses on consecutive frames are nearly the same, which the filter, counting them as independent,
    takes for certainty. So where a detection lies further from the prediction than both uncertainties explain, the
    prediction's is raised to the least that does, the maximum likelihood estimate of an unknown constant error
    (innovation-based adaptive estimation; Mohamed and Schwarz 1999). Velocities keep theirs.

    Parameters
    ----------
    states, covariances
        (n, 4, 2) and (n, 4, 4), predicted, as in `motion`.
    measured, noise
        (n, 2, 2) as `motion.to_measurement` gives it, and (2,) its variances.
    where
        (n,) which detections to believe rather than the filter; the other covariances stay as they are.

    Returns
    -------
    (n, 4, 4)
    """
    off = (measured - states[:, OBSERVED]) ** 2
    off[:, 0] /= np.exp(2 * states[:, 2, 1])[:, None]
    wider = covariances.copy()
    variances = np.einsum("nii->ni", wider[:, OBSERVED, OBSERVED])  # a view
    excess = (off[..., 0] + off[..., 1]) / 2 - (variances + noise)
    variances += np.maximum(excess, 0.0) * where[:, None]
    return wider
