"""Reads Avro bodies written with one schema with another, as an implementation independent of avsc.

stdin: {"schemas": [schema], "cases": [{"writer": index, "reader": index, "body" (hex)}]}
stdout: [record]
"""

import io
import json
import sys
from datetime import datetime

import fastavro


def plain(value):
    """Converts datetimes to ms since the Unix epoch, for JSON."""
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


request = json.load(sys.stdin)
# Each schema has a registry of its own, because all versions define the same names.
schemas = [fastavro.parse_schema(schema, {}) for schema in request["schemas"]]
records = []
for case in request["cases"]:
    body = io.BytesIO(bytes.fromhex(case["body"]))
    records.append(plain(fastavro.schemaless_reader(body, schemas[case["writer"]], schemas[case["reader"]])))
    assert body.read() == b"", "unread bytes after the record"
json.dump(records, sys.stdout)
