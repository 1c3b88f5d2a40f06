"""Reads raw registers with pymodbus, which shares nothing with this project.

stdin:  [{"port": 1, "unitId": 1, "functionCode": 3, "address": 40000, "count": 300}, ...]
stdout: per question the registers, or {"exception": code} if the device refused
"""

import json
import sys

from pymodbus.client import ModbusTcpClient

COUNT_MAX = 125


def read(question):
    client = ModbusTcpClient("127.0.0.1", port=question["port"], timeout=5, retries=0)
    client.connect()
    ask = client.read_holding_registers if question["functionCode"] == 3 else client.read_input_registers
    registers = []
    try:
        while len(registers) < question["count"]:
            count = min(COUNT_MAX, question["count"] - len(registers))
            answer = ask(question["address"] + len(registers), count=count, device_id=question["unitId"])
            if answer.isError():
                return {"exception": answer.exception_code}
            registers += answer.registers
        return registers
    finally:
        client.close()


json.dump([read(one) for one in json.load(sys.stdin)], sys.stdout)
