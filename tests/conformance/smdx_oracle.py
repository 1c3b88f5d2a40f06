"""Converts SMDX texts to SunSpec's JSON form with pysunspec2: {path: text} -> {path: json}."""

import json
import sys
import xml.etree.ElementTree as ElementTree

from sunspec2 import smdx

texts = json.load(sys.stdin)
json.dump(
    {path: smdx.from_smdx(ElementTree.fromstring(text)) for path, text in texts.items()},
    sys.stdout,
)
