"""``python -m vitpose_live`` and the ``vitpose-live`` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its status."""
    try:
        from vitpose_live.cli import run  # noqa: PLC0415  importing this module must stay free

        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    main()
