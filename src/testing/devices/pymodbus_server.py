"""Serves register dumps over Modbus TCP, with pymodbus, an independent server.

    pymodbus_server.py [--function 3|4] [--count-max N] UNIT=FILE.json ...

Each FILE has `base` and `registers` (from base on; null = exception 2), as the dumps
in ../shared/devices. The system chooses the port, which is printed as the only line
on stdout. The server ends when stdin closes.
"""

import argparse
import asyncio
import json
import logging
import sys

from pymodbus.constants import ExcCodes
from pymodbus.datastore import ModbusServerContext
from pymodbus.exceptions import NoSuchIdException
from pymodbus.server import ModbusTcpServer


class Dumps(ModbusServerContext):
    """Serves reads from dumps; answers every other request with an exception."""

    def __init__(self, devices, function, count_max):
        self.simdevices = []
        self.old_simulator = True
        self.devices = devices
        self.function = function
        self.count_max = count_max

    async def async_getValues(self, device_id, func_code, address, count=1):
        if device_id not in self.devices:
            raise NoSuchIdException(f"no unit {device_id}")
        if func_code != self.function:
            return ExcCodes.ILLEGAL_FUNCTION
        if count > self.count_max:
            return ExcCodes.ILLEGAL_VALUE
        registers = self.devices[device_id]
        values = [registers.get(at) for at in range(address, address + count)]
        return ExcCodes.ILLEGAL_ADDRESS if None in values else values

    async def async_setValues(self, device_id, func_code, address, values):
        print(f"WRITE {func_code} {address}", file=sys.stderr, flush=True)
        return ExcCodes.ILLEGAL_FUNCTION

    def device_ids(self):
        return list(self.devices)


def load(path):
    with open(path, encoding="utf-8") as file:
        dump = json.load(file)
    return {dump["base"] + at: value for at, value in enumerate(dump["registers"])}


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--function", type=int, default=3, choices=(3, 4))
    parser.add_argument("--count-max", type=int, default=125)
    parser.add_argument("devices", nargs="+", metavar="UNIT=FILE")
    arguments = parser.parse_args()
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    devices = {}
    for device in arguments.devices:
        unit, path = device.split("=", 1)
        devices[int(unit)] = load(path)
    context = Dumps(devices, arguments.function, arguments.count_max)
    server = ModbusTcpServer(context, address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    print(server.transport.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.read)
    await server.shutdown()


if __name__ == "__main__":
    asyncio.run(main())
