"""Prints {topic: [id, ...]} as fastavro reads the container files of a folder: read_files.py FOLDER"""

import json
import pathlib
import re
import sys

import fastavro

found = {}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.avro")):
    topic = re.sub(r"-\d{8}T\d{9}Z-.*", "", path.name)
    with path.open("rb") as file:
        found.setdefault(topic, []).extend(record["id"] for record in fastavro.reader(file))
print(json.dumps(found))
