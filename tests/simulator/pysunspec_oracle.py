"""Reads devices over TCP with pysunspec2, an independent implementation.

stdin:  [{"port": 1, "unitId": 1}, ...]
stdout: per device the models of pysunspec2:
        [{"id", "address", "length", "points": {path: {"type", "raw", "value"}} or null}]
        Paths such as `module[0].DCW`; null = not implemented.
"""

import json
import sys

from sunspec2.modbus.client import SunSpecModbusClientDeviceTCP


def points_of(group, prefix, found):
    for name, point in group.points.items():
        if point.pdef["type"] == "pad":
            continue
        found[prefix + name] = {
            "type": point.pdef["type"],
            "raw": point.value,
            "value": point.cvalue,
        }
    for name, inner in group.groups.items():
        for index, each in enumerate(inner if isinstance(inner, list) else [inner]):
            points_of(each, f"{prefix}{name}[{index}].", found)
    return found


def read(port, unit_id):
    device = SunSpecModbusClientDeviceTCP(
        slave_id=unit_id, ipaddr="127.0.0.1", ipport=port, timeout=5
    )
    device.scan()
    try:
        models = []
        for model in device.model_list:
            known = model.error_info in (None, "")
            models.append(
                {
                    "id": model.model_id,
                    "address": model.model_addr,
                    "length": model.model_len,
                    "points": points_of(model, "", {}) if known else None,
                    "error": str(model.error_info),
                }
            )
        return {"base": device.base_addr, "models": models}
    finally:
        device.close()


json.dump([read(each["port"], each["unitId"]) for each in json.load(sys.stdin)], sys.stdout)
