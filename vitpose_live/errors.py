"""The error tree: everything the package raises on purpose.

::

    VitposeLiveError                 base; carries a one-line ``hint``
    |-- UnknownNameError             a name nobody registered; the hint says "did you mean"
    |   `-- UnknownModelError        ... of a model
    |-- InvalidArrayError            wrong shape, dtype or values in the API (also a ValueError)
    |-- SettingsError                a setting out of range (also a ValueError)
    |   `-- SettingsFileError        ... in a settings file, or the file is broken
    |-- SourceError                  the input cannot be read
    |   |-- SourceNotFoundError      ... because it is not there (also a FileNotFoundError)
    |   `-- SessionError             ... because it is no saved session, or a broken one
    |-- ModelError                   a model cannot be loaded or run
    |   |-- WeightsError             its file is missing, truncated or fails its sha256
    |   `-- DeviceError              the device asked for is not there or cannot run this model
    |-- OutputError                  a result cannot be written
    |   |-- OutputExistsError        ... because the target exists (also a FileExistsError)
    |   |-- OutputBusyError          ... because another program has it to itself; later it may be
    |   `-- CutShortError            ... to its end; says what of it is saved and where
    `-- PipelineError                the runner was used out of order (started twice, and so on)

Third-party exceptions are translated at the boundary with ``raise ... from``.
"""

from __future__ import annotations

from pathlib import Path


class VitposeLiveError(Exception):
    """Base of the tree.

    Parameters
    ----------
    message
        What is wrong, in one line.
    hint
        What the person can do about it, in one line; empty when there is nothing to say.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class UnknownNameError(VitposeLiveError):
    """A model, skeleton, tracker ... name that nobody registered."""


class UnknownModelError(UnknownNameError):
    """A model's name that no catalogue has; one of a repository or a folder it may still have been."""


class InvalidArrayError(VitposeLiveError, ValueError):
    """An array in the API has the wrong shape, dtype or values; says which, expected and given."""


class SettingsError(VitposeLiveError, ValueError):
    """A setting is out of range."""


class SettingsFileError(SettingsError):
    """A settings file cannot be read or holds an unknown or impossible setting."""


class SourceError(VitposeLiveError):
    """The input cannot be opened or read."""


class SourceNotFoundError(SourceError, FileNotFoundError):
    """The input is not there."""


class SessionError(SourceError):
    """A saved session, or a table of keypoints, cannot be read: broken, of a later version, or none at all."""


class ModelError(VitposeLiveError):
    """A model cannot be loaded or run."""


class WeightsError(ModelError):
    """A model's file is missing, truncated or fails its checksum."""


class DeviceError(ModelError):
    """The device asked for does not exist here or cannot run this model."""


class OutputError(VitposeLiveError):
    """A result cannot be written."""


class OutputExistsError(OutputError, FileExistsError):
    """The target exists and overwriting was not allowed."""


class OutputBusyError(OutputError):
    """A result cannot be written for now, because another program has the target to itself."""


class CutShortError(OutputError):
    """A recording ended before it should have, as on a full disk; what was written before is a file that plays.

    Parameters
    ----------
    message, hint
        As ever.
    saved
        The file.
    seconds
        How much is in it.
    """

    def __init__(self, message: str, *, hint: str = "", saved: Path, seconds: float) -> None:
        super().__init__(message, hint=hint)
        self.saved = saved
        self.seconds = seconds


class PipelineError(VitposeLiveError):
    """The runner was used out of order."""
