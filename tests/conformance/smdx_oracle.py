"""Turns SMDX texts into SunSpec's JSON form as pysunspec2 has it: {path: text} -> {path: json}."""

import json
import sys
import xml.etree.ElementTree as ElementTree

from sunspec2 import smdx

texts = json.load(sys.stdin)
json.dump(
    {path: smdx.from_smdx(ElementTree.fromstring(text)) for path, text in texts.items()},
    sys.stdout,
)
