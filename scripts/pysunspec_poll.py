"""Polls a device once as pysunspec2 does it: scans it, then reads the models that
are named. Usage: pysunspec_poll.py PORT UNIT MODEL,MODEL... Prints a line after the
scan and waits for one, so that whoever counts the requests can tell the two apart."""

import sys

import sunspec2.modbus.client as client

port, unit, wanted = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
device = client.SunSpecModbusClientDeviceTCP(
    slave_id=unit, ipaddr="127.0.0.1", ipport=port
)
device.scan()
print("scanned", flush=True)
sys.stdin.readline()
for model_id in wanted.split(","):
    for model in device.models.get(int(model_id), []):
        model.read()
print("read", flush=True)
device.close()
