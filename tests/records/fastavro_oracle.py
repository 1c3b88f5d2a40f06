"""Decodes and encodes records as an Avro implementation independent of avsc.

stdin: {"schemas": {name: schema}, "readers": {name: newer schema}, "cases": [{"type", "record", "payload" (hex)}]}
stdout: {"fingerprints": {name: hex}, "cases": [...]}, each case with `decoded` (the decoded payload),
`encoded` (the body as encoded by fastavro, hex), `evolved` (the payload read with the newer schema) and
`shrunk` (written with the newer schema, read with the older one).
"""

import io
import json
import sys
from datetime import datetime

import fastavro
from fastavro.schema import fingerprint, parse_schema, to_parsing_canonical_form


def plain(value):
    """Converts datetimes to ms since the Unix epoch, for JSON."""
    if isinstance(value, datetime):
        delta = value - datetime.fromisoformat("1970-01-01T00:00:00+00:00")
        return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


def encode(schema, record):
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema, record, strict_allow_default=True)
    return out.getvalue().hex()


def read(payload, writer, reader=None):
    body = io.BytesIO(bytes.fromhex(payload)[10:])
    record = fastavro.schemaless_reader(body, writer, reader)
    assert body.read() == b"", "unread bytes after the record"
    return plain(record)


def main():
    request = json.load(sys.stdin)
    schemas = {name: parse_schema(text) for name, text in request["schemas"].items()}
    readers = {name: parse_schema(text, {}) for name, text in request["readers"].items()}
    cases = []
    for case in request["cases"]:
        schema = schemas[case["type"]]
        reader = readers[case["type"]]
        grown = encode(reader, case["record"])
        cases.append({
            "decoded": read(case["payload"], schema),
            "encoded": encode(schema, case["record"]),
            "evolved": read(case["payload"], schema, reader),
            "shrunk": read("00" * 10 + grown, reader, schema),
        })
    prints = {
        name: fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO")
        for name, schema in request["schemas"].items()
    }
    json.dump({"fingerprints": prints, "cases": cases}, sys.stdout)


main()
