"""Parts of ``build_embedded_models.py``: fetch, read, convert, check and describe the embedded networks."""
