"""The loop that is quickly written with existing packages: pysunspec2 reads, fastavro
encodes, confluent-kafka sends. One thread per device. There is no buffer on disk: what
was not sent at a crash is lost.

usage: pipeline.py BROKERS TOPIC FIRST_PORT DEVICES INTERVAL_MS SECONDS
"""

import io
import sys
import threading
import time

import fastavro
from confluent_kafka import Producer
from sunspec2.modbus import client

BROKERS, TOPIC = sys.argv[1:3]
FIRST_PORT, DEVICES, INTERVAL_MS, SECONDS = map(int, sys.argv[3:7])

# Points of model 103 that become fields; the inputs come from model 160.
POINTS = [
    "A", "AphA", "AphB", "AphC", "PPVphAB", "PPVphBC", "PPVphCA", "PhVphA", "PhVphB",
    "PhVphC", "W", "Hz", "VA", "VAr", "PF", "WH", "DCA", "DCV", "DCW", "TmpCab",
    "TmpSnk", "TmpTrns", "TmpOt", "St", "StVnd", "Evt1",
]
INPUTS = ["DCA", "DCV", "DCW", "DCWH"]
NUMBER = ["null", "double"]
SCHEMA = fastavro.parse_schema({
    "type": "record",
    "name": "Inverter",
    "fields": [
        {"name": "device_id", "type": "string"},
        {"name": "serial", "type": "string"},
        {"name": "sampled_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "seq", "type": "long"},
        *({"name": name, "type": NUMBER} for name in POINTS),
        {"name": "inputs", "type": {"type": "array", "items": {
            "type": "record",
            "name": "Input",
            "fields": [{"name": name, "type": NUMBER} for name in INPUTS],
        }}},
    ],
})


def values_of(group, names):
    values = {}
    for name in names:
        value = group.points[name].cvalue
        values[name] = None if value is None else float(value)
    return values


def poll(device, device_id, serial, seq):
    inverter, inputs = device.models[103][0], device.models[160][0]
    sampled_at = int(time.time() * 1000)
    inverter.read()
    inputs.read()
    return {
        "device_id": device_id,
        "serial": serial,
        "sampled_at": sampled_at,
        "seq": seq,
        **values_of(inverter, POINTS),
        "inputs": [values_of(one, INPUTS) for one in inputs.groups["module"]],
    }


def run(index, producer, end):
    device = client.SunSpecModbusClientDeviceTCP(
        slave_id=1, ipaddr="127.0.0.1", ipport=FIRST_PORT + index, timeout=3)
    device.scan()
    device_id = f"inv-{index:04d}"
    serial = device.models[1][0].points["SN"].cvalue
    interval = INTERVAL_MS / 1000
    # The polls of the devices are spread over the interval.
    due = time.monotonic() + interval * index / DEVICES
    seq = 0
    while due < end:
        time.sleep(max(0, due - time.monotonic()))
        seq += 1
        body = io.BytesIO()
        fastavro.schemaless_writer(body, SCHEMA, poll(device, device_id, serial, seq))
        producer.produce(TOPIC, key=device_id, value=body.getvalue())
        producer.poll(0)
        due = max(due + interval, time.monotonic() - interval)


def main():
    producer = Producer({
        "bootstrap.servers": BROKERS,
        "enable.idempotence": True,
        "linger.ms": 500,
        "compression.type": "lz4",
    })
    end = time.monotonic() + SECONDS
    threads = [threading.Thread(target=run, args=(index, producer, end), daemon=True)
               for index in range(DEVICES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    producer.flush(10)


main()
