"""Checks received records against the guarantees of the streams, decoded by fastavro.

JSON on stdin: {"records": [consumed...]} as src/testing/kafka/consume.py prints them, or {"folder": DIR} with
Avro container files; "decoded": true also returns the decoded records. JSON on stdout:

  {"records": number received, "duplicates": number of them received before, "faults": [text],
   "streams": [{"gateway", "device_id", "type", "epochs": [{"epoch", "n", "prev_epoch", "prev_seq"}]}],
   "decoded": [{"type", "record"}]}

Checks for each stream (gateway, device_id, type): an epoch contains every seq from 1 to n; a duplicate has the same
bytes; seq increases, duplicates aside; epochs increase, and the first record of each names the previous epoch and a
seq that was received (prev_seq <= its n). Records that a gap event announces as lost may be missing. In Kafka also: a key is the device id and occurs in one partition only,
and the timestamp is sampled_at unless a header states that it was adjusted.
"""

import base64
import io
import json
import pathlib
import sys

import fastavro

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "models" / "avro"


def load_schemas():
    schemas = {}
    for path in sorted(SCHEMAS.glob("*.avsc")):
        text = json.loads(path.read_text())
        form = fastavro.schema.to_parsing_canonical_form(text)
        digest = bytes.fromhex(fastavro.schema.fingerprint(form, "CRC-64-AVRO"))
        schemas[b"\xc3\x01" + digest] = fastavro.parse_schema(text)
    return schemas


def from_kafka(consumed, faults):
    """Decodes messages; yields (type, record, bytes, place) in order of partition and offset."""
    schemas = load_schemas()
    partition_of = {}
    for message in sorted(consumed, key=lambda m: (m["topic"], m["partition"], m["offset"])):
        payload = base64.b64decode(message["value"])
        schema = schemas.get(payload[:10])
        place = f"{message['topic']}[{message['partition']}]@{message['offset']}"
        if schema is None:
            faults.append(f"{place}: no schema with fingerprint {payload[:10].hex()}")
            continue
        body = io.BytesIO(payload[10:])
        record = fastavro.schemaless_reader(body, schema)
        if body.read():
            faults.append(f"{place}: extra bytes after the record")
        if message["key"] != record["device_id"]:
            faults.append(f"{place}: key {message['key']}, expected the device id {record['device_id']}")
        is_adjusted = "timestamp_adjusted" in message.get("headers", {})
        if not is_adjusted and message["timestamp"] != round(record["sampled_at"].timestamp() * 1000):
            faults.append(f"{place}: timestamp is not sampled_at")
        partition = partition_of.setdefault((message["topic"], message["key"]), message["partition"])
        if partition != message["partition"]:
            faults.append(f"{place}: the key was in partition {partition} before")
        yield schema["name"].split(".")[-1], record, payload, place


def from_files(folder, faults):
    """Reads container files in order of their names; yields the same."""
    for path in sorted(pathlib.Path(folder).iterdir()):
        if path.suffix not in (".avro", ".part"):
            faults.append(f"{path.name}: unexpected file")
            continue
        with path.open("rb") as file:
            reader = fastavro.reader(file)
            schema = fastavro.parse_schema(reader.writer_schema)
            for at, record in enumerate(reader):
                body = io.BytesIO()
                fastavro.schemaless_writer(body, schema, record)
                yield schema["name"].split(".")[-1], record, body.getvalue(), f"{path.name}@{at}"


def main():
    request = json.load(sys.stdin)
    faults = []
    if "folder" in request:
        arrived = list(from_files(request["folder"], faults))
    else:
        arrived = list(from_kafka(request["records"], faults))
    streams = {}
    duplicates = 0
    announced = {}
    for _, record, _, _ in arrived:
        if record.get("event") == "gap":
            gap = record["gap"]
            numbers = announced.setdefault((gap["stream"], gap["epoch"]), set())
            numbers.update(range(gap["first_seq"], gap["last_seq"] + 1))
    for type_, record, payload, place in arrived:
        epochs = streams.setdefault((record["gateway"], record["device_id"], type_), {})
        epoch, seq = record["epoch"], record["seq"]
        if epoch not in epochs:
            if epochs and epoch < max(epochs):
                faults.append(f"{place}: epoch {epoch} after {max(epochs)}")
            epochs[epoch] = {"seqs": {}, "first": None}
        known = epochs[epoch]
        if seq in known["seqs"]:
            duplicates += 1
            if known["seqs"][seq] != payload:
                faults.append(f"{place}: epoch {epoch} seq {seq} is a duplicate with other bytes")
            continue
        if known["seqs"] and seq < max(known["seqs"]):
            faults.append(f"{place}: epoch {epoch} seq {seq} first received after seq {max(known['seqs'])}")
        known["seqs"][seq] = payload
        previous = (record["prev_epoch"], record["prev_seq"])
        if seq == 1:
            known["first"] = previous
        elif previous != (None, None):
            faults.append(f"{place}: epoch {epoch} seq {seq} names a previous epoch, allowed only for seq 1")

    summary = []
    for (gateway, device_id, type_), epochs in sorted(streams.items()):
        name = f"{gateway}/{device_id}/{type_}"
        rows = []
        before = None
        for epoch in sorted(epochs):
            seqs = epochs[epoch]["seqs"]
            n = max(seqs)
            lost = announced.get((name, epoch), set())
            missing = sorted(set(range(1, n + 1)) - set(seqs) - lost)
            if missing or min(seqs) < 1:
                faults.append(f"{name}: epoch {epoch} lacks {missing[:20]} of 1..{n}")
            prev_epoch, prev_seq = epochs[epoch]["first"] or (None, None)
            if (name, prev_epoch) in announced and prev_epoch not in epochs:
                # No record of it arrived, and none had to.
                missing = sorted(set(range(1, prev_seq + 1)) - announced[name, prev_epoch])
                if missing:
                    faults.append(f"{name}: epoch {prev_epoch} lacks {missing[:20]} of 1..{prev_seq}")
                rows.append({"epoch": epoch, "n": n, "prev_epoch": prev_epoch, "prev_seq": prev_seq})
                before = (epoch, n)
                continue
            if before is None and prev_epoch is not None:
                faults.append(f"{name}: epoch {epoch} names previous epoch {prev_epoch}, of which no record was received")
            if before is not None:
                if prev_epoch != before[0]:
                    faults.append(f"{name}: epoch {epoch} names previous epoch {prev_epoch}, expected {before[0]}")
                elif set(range(before[1] + 1, prev_seq + 1)) - announced.get((name, prev_epoch), set()):
                    faults.append(f"{name}: epoch {epoch} names prev_seq {prev_seq}, but epoch {prev_epoch} ended at {before[1]}")
            rows.append({"epoch": epoch, "n": n, "prev_epoch": prev_epoch, "prev_seq": prev_seq})
            before = (epoch, n)
        summary.append({"gateway": gateway, "device_id": device_id, "type": type_, "epochs": rows})
    result = {"records": len(arrived), "duplicates": duplicates, "faults": faults, "streams": summary}
    if request.get("decoded"):
        result["decoded"] = [{"type": type_, "record": record} for type_, record, _, _ in arrived]
    # Times as whole ms, as on the wire.
    json.dump(result, sys.stdout, default=lambda value: round(value.timestamp() * 1000))


main()
