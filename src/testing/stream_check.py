"""Holds records that arrived against what the streams promise, by fastavro alone.

JSON on stdin: {"records": [consumed...]} as src/testing/kafka/consume.py prints them, or {"folder": DIR} with
Avro container files; "decoded": true asks for the decoded records too. JSON on stdout:

  {"records": how many arrived, "doubles": how many of them came before, "faults": [in words],
   "streams": [{"gateway", "device_id", "type", "epochs": [{"epoch", "n", "prev_epoch", "prev_seq"}]}],
   "decoded": [{"type", "record"}]}

Checked for each stream (gateway, device_id, type): within an epoch every seq from 1 to n is there; a double has
the same bytes; first arrivals rise; epochs rise and the first record of each says the one before and a number that
did arrive (prev_seq <= its n); in Kafka also that a key is in one partition, and is the device id, and that the
timestamp is sampled_at.
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
        print_ = bytes.fromhex(fastavro.schema.fingerprint(form, "CRC-64-AVRO"))
        schemas[b"\xc3\x01" + print_] = fastavro.parse_schema(text)
    return schemas


def from_kafka(consumed, faults):
    """Decodes messages; gives (type, record, bytes, place) in order of partition and offset."""
    schemas = load_schemas()
    partition_of = {}
    for message in sorted(consumed, key=lambda m: (m["topic"], m["partition"], m["offset"])):
        payload = base64.b64decode(message["value"])
        schema = schemas.get(payload[:10])
        place = f"{message['topic']}[{message['partition']}]@{message['offset']}"
        if schema is None:
            faults.append(f"{place}: no schema for {payload[:10].hex()}")
            continue
        body = io.BytesIO(payload[10:])
        record = fastavro.schemaless_reader(body, schema)
        if body.read():
            faults.append(f"{place}: bytes after the record")
        if message["key"] != record["device_id"]:
            faults.append(f"{place}: key {message['key']} of device {record['device_id']}")
        if message["timestamp"] != round(record["sampled_at"].timestamp() * 1000):
            faults.append(f"{place}: timestamp is not sampled_at")
        home = partition_of.setdefault((message["topic"], message["key"]), message["partition"])
        if home != message["partition"]:
            faults.append(f"{place}: the key was in partition {home} before")
        yield schema["name"].split(".")[-1], record, payload, place


def from_files(folder, faults):
    """Reads container files, in order of their names."""
    for path in sorted(pathlib.Path(folder).iterdir()):
        if path.suffix not in (".avro", ".part"):
            faults.append(f"{path.name}: what is this?")
            continue
        with path.open("rb") as file:
            reader = fastavro.reader(file)
            schema = fastavro.parse_schema(reader.writer_schema)
            for at, record in enumerate(reader):
                body = io.BytesIO()
                fastavro.schemaless_writer(body, schema, record)
                yield schema["name"].split(".")[-1], record, body.getvalue(), f"{path.name}@{at}"


def main():
    question = json.load(sys.stdin)
    faults = []
    if "folder" in question:
        arrived = list(from_files(question["folder"], faults))
    else:
        arrived = list(from_kafka(question["records"], faults))
    streams = {}
    doubles = 0
    for type_, record, payload, place in arrived:
        epochs = streams.setdefault((record["gateway"], record["device_id"], type_), {})
        epoch, seq = record["epoch"], record["seq"]
        if epoch not in epochs:
            if epochs and epoch < max(epochs):
                faults.append(f"{place}: epoch {epoch} after {max(epochs)}")
            epochs[epoch] = {"seqs": {}, "first": None}
        known = epochs[epoch]
        if seq in known["seqs"]:
            doubles += 1
            if known["seqs"][seq] != payload:
                faults.append(f"{place}: epoch {epoch} seq {seq} came twice and differs")
            continue
        if known["seqs"] and seq < max(known["seqs"]):
            faults.append(f"{place}: epoch {epoch} seq {seq} first came after {max(known['seqs'])}")
        known["seqs"][seq] = payload
        told = (record["prev_epoch"], record["prev_seq"])
        if seq == 1:
            known["first"] = told
        elif told != (None, None):
            faults.append(f"{place}: epoch {epoch} seq {seq} tells of an epoch before")

    summary = []
    for (gateway, device_id, type_), epochs in sorted(streams.items()):
        name = f"{gateway}/{device_id}/{type_}"
        rows = []
        before = None
        for epoch in sorted(epochs):
            seqs = epochs[epoch]["seqs"]
            n = max(seqs)
            missing = sorted(set(range(1, n + 1)) - set(seqs))
            if missing or min(seqs) < 1:
                faults.append(f"{name}: epoch {epoch} of 1..{n} lacks {missing[:20]}")
            prev_epoch, prev_seq = epochs[epoch]["first"] or (None, None)
            if before is None and prev_epoch is not None:
                faults.append(f"{name}: epoch {epoch} tells of {prev_epoch}, of which nothing came")
            if before is not None:
                if prev_epoch != before[0]:
                    faults.append(f"{name}: epoch {epoch} tells of {prev_epoch}, not of {before[0]}")
                elif prev_seq > before[1]:
                    faults.append(f"{name}: epoch {epoch} tells of {prev_seq} in {prev_epoch}: {before[1]} came")
            rows.append({"epoch": epoch, "n": n, "prev_epoch": prev_epoch, "prev_seq": prev_seq})
            before = (epoch, n)
        summary.append({"gateway": gateway, "device_id": device_id, "type": type_, "epochs": rows})
    answer = {"records": len(arrived), "doubles": doubles, "faults": faults, "streams": summary}
    if question.get("decoded"):
        answer["decoded"] = [{"type": type_, "record": record} for type_, record, _, _ in arrived]
    # Times as whole ms, as they stand on the wire.
    json.dump(answer, sys.stdout, default=lambda value: round(value.timestamp() * 1000))


main()
