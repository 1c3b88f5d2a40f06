"""Reads raw registers with pymodbus, an independent implementation.

stdin:  [{"port": 1, "unitId": 1, "functionCode": 3, "address": 40000, "count": 300}, ...]
stdout: per request the registers, or {"exception": code}
"""

import json
import sys

from pymodbus.client import ModbusTcpClient

COUNT_MAX = 125


def read(request):
    client = ModbusTcpClient("127.0.0.1", port=request["port"], timeout=5, retries=0)
    client.connect()
    ask = client.read_holding_registers if request["functionCode"] == 3 else client.read_input_registers
    registers = []
    try:
        while len(registers) < request["count"]:
            count = min(COUNT_MAX, request["count"] - len(registers))
            answer = ask(request["address"] + len(registers), count=count, device_id=request["unitId"])
            if answer.isError():
                return {"exception": answer.exception_code}
            registers += answer.registers
        return registers
    finally:
        client.close()


json.dump([read(each) for each in json.load(sys.stdin)], sys.stdout)
