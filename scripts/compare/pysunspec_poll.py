"""Polls a device once with pysunspec2: scans it, then reads the given models.

Usage: pysunspec_poll.py PORT UNIT MODEL,MODEL...
Prints a line after the scan and waits for a line on stdin, so that the caller can count
the requests of the scan and of the poll separately."""

import sys

import sunspec2.modbus.client as client

port, unit, models = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
device = client.SunSpecModbusClientDeviceTCP(
    slave_id=unit, ipaddr="127.0.0.1", ipport=port
)
device.scan()
print("scanned", flush=True)
sys.stdin.readline()
for model_id in models.split(","):
    for model in device.models.get(int(model_id), []):
        model.read()
print("read", flush=True)
device.close()
