"""An independent Avro: reads and writes what the tests of telemetry send it.

stdin: {"schemas": {name: schema}, "readers": {name: newer schema}, "cases": [{"type", "record", "payload" (hex)}]}
stdout: {"fingerprints": {name: hex}, "cases": [...]}, each case with `decoded` (the payload as it reads),
`encoded` (hex of the body that fastavro writes), `evolved` (the payload read by the newer schema) and
`shrunk` (written with the newer schema, read by the older).
"""

import io
import json
import sys
from datetime import datetime

import fastavro
from fastavro.schema import fingerprint, parse_schema, to_parsing_canonical_form


def plain(value):
    """Datetimes as ms since the Unix epoch, so that JSON can carry them."""
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
    assert body.read() == b"", "bytes were left over"
    return plain(record)


def main():
    asked = json.load(sys.stdin)
    schemas = {name: parse_schema(text) for name, text in asked["schemas"].items()}
    readers = {name: parse_schema(text, {}) for name, text in asked["readers"].items()}
    cases = []
    for case in asked["cases"]:
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
        for name, schema in asked["schemas"].items()
    }
    json.dump({"fingerprints": prints, "cases": cases}, sys.stdout)


main()
