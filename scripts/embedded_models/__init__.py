"""Parts of ``build_embedded_models.py``: fetch, read, convert, check and describe the embedded networks."""

import sys

# openvino reports its own import to an analytics service; without this package it does not
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # how Python marks a module as missing
