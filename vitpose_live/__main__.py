"""``python -m vitpose_live`` and the ``vitpose-live`` command."""

from __future__ import annotations

import signal
import sys


def main() -> None:
    """Run the command line and exit with its status."""
    from vitpose_live.app.interrupt import INTERRUPTED, asked_early, remember_interrupts  # noqa: PLC0415  this is free

    remember_interrupts()
    status = INTERRUPTED
    try:
        from vitpose_live.cli import run  # noqa: PLC0415  takes a while

        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        pass
    except ImportError:
        if not asked_early():
            raise
    finally:
        if status == INTERRUPTED:  # another Ctrl-C on the way out is no news
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(status)


if __name__ == "__main__":
    main()
