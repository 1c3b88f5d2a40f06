"""An independent Avro that reads what was written with one schema by another.

stdin: {"schemas": [schema], "cases": [{"writer": index, "reader": index, "body" (hex)}]}
stdout: [record]
"""

import io
import json
import sys
from datetime import datetime

import fastavro


def plain(value):
    """Datetimes as ms since the Unix epoch, so that JSON can carry them."""
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


asked = json.load(sys.stdin)
# Each by itself: schemas of different ages define the same names.
schemas = [fastavro.parse_schema(schema, {}) for schema in asked["schemas"]]
records = []
for case in asked["cases"]:
    body = io.BytesIO(bytes.fromhex(case["body"]))
    records.append(plain(fastavro.schemaless_reader(body, schemas[case["writer"]], schemas[case["reader"]])))
    assert body.read() == b"", "bytes were left over"
json.dump(records, sys.stdout)
