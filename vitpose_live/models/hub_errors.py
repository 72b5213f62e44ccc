"""What can go wrong with a download, in words, and what to do about it."""

from __future__ import annotations

from http import HTTPStatus

import httpx2
from huggingface_hub import constants, errors

from vitpose_live.errors import WeightsError

_LATER = "try again later; what has arrived is kept. The embedded models need no download"
_NETWORK = "check the network connection; what has arrived is kept. The embedded models need no download"
_STATUS_HINTS = {
    401: "your access token is refused: log in again with `hf auth login`, or unset HF_TOKEN",
    403: "your access token does not allow it; log in with another with `hf auth login`",
    404: "check the spelling and HF_ENDPOINT",
    429: "too many requests from this address: wait some minutes, or log in with `hf auth login`",
}


def no_space(repository: str, missing: int, free: int) -> WeightsError:
    """Return the error of a download that is larger, by `missing` bytes, than the `free` ones."""
    return WeightsError(
        f"{repository} does not fit on the disk: {_size(missing)} are needed, {_size(free)} are free for "
        f"{constants.HF_HUB_CACHE}",
        hint="free some space, or let HF_HOME name a folder on a larger disk",
    )


def _size(count: int) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def foreign(what: str) -> WeightsError:
    """Return the error of an answer that no hub would give."""
    return WeightsError(
        f"{constants.ENDPOINT} does not answer as a Hugging Face hub: {what}",
        hint="see whether this network wants a login first, and check HF_ENDPOINT and the proxy settings",
    )


def named(error: Exception, repository: str, revision: str) -> WeightsError:
    """Return the error that says what `error` of the network or the operating system means for a download."""
    hub = constants.ENDPOINT
    page = f"{hub}/{repository}"
    status = error.response.status_code if isinstance(error, errors.HfHubHTTPError) else 0
    known = (
        (
            errors.GatedRepoError,
            f"{repository} is gated: its owner wants to be asked first",
            f"ask for access at {page}, then log in with `hf auth login`",
        ),
        (
            errors.RevisionNotFoundError,
            f"{repository} has no revision {revision!r}",
            f"{page}/tree/main lists the branches and tags",
        ),
        (
            errors.RepositoryNotFoundError,
            f"{hub} has no repository {repository}, or it is private",
            "check the spelling; for a private one log in with `hf auth login`",
        ),
        (errors.DisabledRepoError, f"{repository} has been disabled on {hub}", "choose another model"),
        (errors.RemoteEntryNotFoundError, f"{repository} changed during the download", "run the download again"),
        (errors.HfHubHTTPError, f"{hub} answers {_status(status)} for {repository}", _STATUS_HINTS.get(status, _LATER)),
        (httpx2.TimeoutException, f"{hub} does not answer in time", _NETWORK),
        (httpx2.ProxyError, f"the proxy does not let {hub} through: {error}", "check HTTPS_PROXY and NO_PROXY"),
        (httpx2.HTTPError, f"{hub} cannot be reached: {error}", _NETWORK),
    )
    for kind, message, hint in known:
        if isinstance(error, kind):
            return WeightsError(message, hint=hint)
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return WeightsError(
        f"the model cache {constants.HF_HUB_CACHE} cannot be written: {reason}",
        hint="let HF_HOME name a folder that can be",
    )


def _status(code: int) -> str:
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)
