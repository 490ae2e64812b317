"""Packs parts of the page that are seen only once they are opened."""

import base64
import gzip


def pack(html: str) -> str:
    """Return HTML as ``page.js`` unpacks it: compressed by gzip, and encoded in base64.

    Half of a surrogate pair, which no encoding can write, becomes a question mark.
    """
    return base64.b64encode(gzip.compress(html.encode("utf-8", "replace"), mtime=0)).decode()
