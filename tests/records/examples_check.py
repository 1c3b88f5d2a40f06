"""Runs the examples.

stdin: {"payloads": [hex], "records": [row], "gaps": [row]}
stdout: {"decoded": [record], "rows": [row]}
"""

import json
import pathlib
import sqlite3
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples"))

import consumer  # noqa: E402


def completeness(records, gaps):
    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    database.executescript("""
        CREATE TABLE records(gateway, device_id, type, epoch, seq, prev_epoch, prev_seq);
        CREATE TABLE gaps(gateway, device_id, type, epoch, first_seq, last_epoch, last_seq, records);
    """)
    database.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)", records)
    database.executemany("INSERT INTO gaps VALUES (?, ?, ?, ?, ?, ?, ?, ?)", gaps)
    query = (ROOT / "examples" / "completeness.sql").read_text()
    return [dict(row) for row in database.execute(query)]


request = json.load(sys.stdin)
schemas = consumer.load_schemas(ROOT / "models" / "avro")
json.dump({
    "decoded": [consumer.decode(bytes.fromhex(payload), schemas) for payload in request["payloads"]],
    "rows": completeness(request["records"], request["gaps"]),
}, sys.stdout, default=str)
