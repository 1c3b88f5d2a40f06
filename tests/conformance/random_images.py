"""Makes random register images of every SunSpec model and says what pysunspec2 reads from them.

usage: random_images.py SEED ROUNDS; one JSON object a line on stdout:
{"id", "length", "registers": [...], "points": [[path, type, raw, value, sf], ...], "error"}
"""

import json
import math
import os
import random
import struct
import sys

import sunspec2.device as device
import sunspec2.mb as mb

GROUPS_MAX = 3
SIZES = {"64": 4, "32": 2}


def model_ids():
    folder = os.path.join(os.path.dirname(device.__file__), "models", "json")
    names = [name for name in os.listdir(folder) if name.startswith("model_")]
    return sorted(int(name[6:-5]) for name in names)


def random_point(rng, point):
    """Registers of one point: often a plain number, at times an edge."""
    kind, size = point["type"], int(point["size"])
    if kind == "sunssf":
        return struct.pack(">h", rng.choice([-10, -4, -3, -2, -1, 0, 0, 1, 2, 10, -32768]))
    if kind == "count":
        return struct.pack(">H", rng.randrange(GROUPS_MAX + 1))
    if kind == "string":
        text = "".join(rng.choice("ABC xyz019-") for _ in range(rng.randrange(size * 2 + 1)))
        return text.strip().encode().ljust(size * 2, b"\0")
    if kind == "eui48":
        return b"\0\0" + rng.randbytes(6)
    if kind.startswith("float"):
        value = rng.choice([0.0, rng.uniform(-1e6, 1e6), float("nan")])
        return struct.pack(">f" if size == 2 else ">d", value)
    edge = rng.random()
    if edge < 0.1:
        return mb.create_unimpl_value(kind, len=size * 2)
    if edge < 0.2:
        return b"\0" * (size * 2)
    return rng.randbytes(size * 2)


def random_group(rng, group, counts):
    """Registers of a group's instance; counts that groups name are kept small."""
    data = bytearray()
    for point in group["points"]:
        registers = random_point(rng, point)
        if point["name"] in counts:
            registers = struct.pack(">H", counts[point["name"]])
        data += registers
    for inner in group.get("groups", []):
        count = inner.get("count", 1)
        if isinstance(count, str):
            count = counts[count]
        elif count == 0:
            count = rng.randrange(GROUPS_MAX + 1)
        for _ in range(count):
            data += random_group(rng, inner, counts)
    return data


def named_counts(rng, group, counts):
    for inner in group.get("groups", []):
        if isinstance(inner.get("count"), str):
            # The independent decoder cannot do without one instance.
            counts[inner["count"]] = 1 + rng.randrange(GROUPS_MAX)
        named_counts(rng, inner, counts)
    return counts


def walk(group, before, points):
    for name, point in group.points.items():
        try:
            value = point.cvalue
        except Exception:  # the oracle's own failure, such as an absent scale factor
            value = None
        points.append([before + name, point.pdef["type"], plain(point.value), plain(value),
                       point.sf_value if point.sf_required else 0])
    for name, inner in group.groups.items():
        for index, each in enumerate(inner if isinstance(inner, list) else [inner]):
            walk(each, f"{before}{name}[{index}].", points)


def plain(value):
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, int) and abs(value) > 2**53 else value


def main():
    rng = random.Random(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        for model_id in model_ids():
            definition = device.get_model_def(model_id)["group"]
            data = random_group(rng, definition, named_counts(rng, definition, {}))
            length = len(data) // 2 - 2
            data[:4] = struct.pack(">HH", model_id, length)
            model = device.Model(model_id=model_id, model_len=length, data=bytes(data))
            points = []
            walk(model, "", points)
            print(json.dumps({
                "id": model_id,
                "length": length,
                "registers": list(struct.unpack(f">{len(data) // 2}H", data)),
                "points": points,
                "error": model.error_info,
            }))


main()
