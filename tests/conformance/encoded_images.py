"""Writes register images of every SunSpec model and the values that pysunspec2 decodes.

Values, "not implemented" and scale factors are random; pysunspec2 encodes them and decodes
its own registers.

usage: encoded_images.py SEED ROUNDS; writes one JSON object per line to stdout:
{"id", "length", "registers": [...], "points": [[path, type, put, raw, value, sf], ...]}

put    raw value that was encoded; null = not implemented
raw    raw value that was decoded; null = not implemented
value  scaled value; null = pysunspec2 could not scale it
sf     scale factor: null = not implemented, 0 = none
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
SCALES = [-10, -9, -4, -3, -2, -2, -1, -1, -1, 0, 0, 0, 1, 1, 2, 3, 10, None, -11, 11, 127]
BITS = {"16": 16, "32": 32, "64": 64}
SCALED_SHARE = 0.3
TEXT = "ABC xyz019-_/."
WIDE_TEXT = TEXT + "\u00e4\u00df\u00b0\u20ac"


def model_ids():
    folder = os.path.join(os.path.dirname(device.__file__), "models", "json")
    names = [name for name in os.listdir(folder) if name.startswith("model_")]
    return sorted(int(name[6:-5]) for name in names)


def random_raw(rng, point):
    """A raw value in pysunspec2's form, None = not implemented."""
    kind, size = point["type"], int(point["size"])
    if kind == "sunssf":
        return rng.choice(SCALES)
    if kind == "pad":
        return 0x8000
    if rng.random() < 0.15:
        return None
    if kind == "string":
        return random_text(rng, size * 2)
    if kind == "eui48":
        return ":".join("%02X" % byte for byte in rng.randbytes(6))
    if kind == "ipv6addr":
        parts = [rng.choice([b"\0\0", rng.randbytes(2)]) for _ in range(8)]
        return mb.data_to_ipv6addr(b"".join(parts))
    if kind.startswith("float"):
        value = rng.choice([0.0, 1.5, -0.25, rng.uniform(-1e6, 1e6), math.inf, -math.inf, 1e-30])
        if size == 2 and math.isfinite(value):
            value = struct.unpack(">f", struct.pack(">f", value))[0]
        return value
    bits = next((count for end, count in BITS.items() if kind.endswith(end)), size * 16)
    if kind.startswith("int"):
        low, high = -(2 ** (bits - 1)) + 1, 2 ** (bits - 1) - 1
    else:
        low, high = 0, 2**bits - (1 if kind.startswith("acc") else 2)
    if kind.startswith("enum") and point.get("symbols") and rng.random() < 0.7:
        return rng.choice(point["symbols"])["value"]
    if kind.startswith("bitfield") and rng.random() < 0.8:
        high = 2 ** (bits - 1) - 1
    few = rng.randrange(low, high + 1) % 10_000
    return rng.choice([low, high, 0, 1, few, rng.randrange(low, high + 1)])


def random_text(rng, size):
    text = "".join(rng.choice(rng.choice([TEXT, TEXT, WIDE_TEXT])) for _ in range(rng.randrange(1, size + 1)))
    while len(text.encode()) > size:
        text = text[:-1]
    if rng.random() < 0.1 and len(text) > 2:
        text = text[0] + "\0" + text[2:]
    return text


def random_group(rng, group, counts):
    """Raw values by name. Counts that groups refer to are small."""
    data = {}
    for point in group["points"]:
        name = point["name"]
        value = counts[name] if name in counts else random_raw(rng, point)
        if value is not None:
            data[name] = value
    for inner in group.get("groups", []):
        count = inner.get("count")
        if count is None:
            data[inner["name"]] = random_group(rng, inner, counts)
            continue
        if isinstance(count, str) and not count.isdigit():
            count = counts[count]
        elif int(count) == 0:
            count = rng.randrange(GROUPS_MAX + 1)
        data[inner["name"]] = [random_group(rng, inner, counts) for _ in range(int(count))]
    return data


def named_counts(rng, group, counts):
    for inner in group.get("groups", []):
        count = inner.get("count")
        if isinstance(count, str) and not count.isdigit():
            # pysunspec2 requires at least one instance.
            counts[count] = 1 + rng.randrange(GROUPS_MAX)
        named_counts(rng, inner, counts)
    return counts


def put_scaled(rng, group):
    """Sets some points by their scaled value, to which pysunspec2 applies the scale factor."""
    for name, point in group.points.items():
        scale = scale_of(point)
        raw = point.value
        if not point.sf_required or raw is None or scale is None or abs(scale) > 10:
            continue
        if isinstance(raw, float) or abs(raw) > 2**40 or rng.random() > SCALED_SHARE:
            continue
        point.cvalue = float("%de%d" % (raw, scale))
        if point.value != raw:
            raise AssertionError("%s: %r became %r by 10^%d" % (name, raw, point.value, scale))
    for inner in group.groups.values():
        for each in inner if isinstance(inner, list) else [inner]:
            put_scaled(rng, each)


def scale_of(point):
    """The scale factor in the registers; 0 = none, None = not implemented."""
    if not point.sf_required:
        return 0
    if point.sf is None:
        return int(point.pdef["sf"])
    found = point.group.points.get(point.sf) or point.model.points.get(point.sf)
    return None if found is None else found.value


def walk(made, read, before, points):
    for name, point in read.points.items():
        try:
            value = point.cvalue
        except Exception:  # pysunspec2 failed, for example because of an absent scale factor
            value = None
        put = made.points[name].value
        points.append([before + name, point.pdef["type"], plain(put), plain(point.value),
                       plain(value), scale_of(point)])
    for name, inner in read.groups.items():
        theirs = made.groups[name]
        many = isinstance(inner, list)
        pairs = zip(theirs, inner) if many else [(theirs, inner)]
        for index, (one, other) in enumerate(pairs):
            walk(one, other, f"{before}{name}[{index}].", points)


def plain(value):
    if isinstance(value, float) and not math.isfinite(value):
        return "inf" if value > 0 else "-inf" if value < 0 else None
    return str(value) if isinstance(value, int) and abs(value) > 2**53 else value


def image(rng, model_id):
    definition = device.get_model_def(model_id)["group"]
    values = random_group(rng, definition, named_counts(rng, definition, {}))
    values["ID"] = model_id
    made = device.Model(model_id=model_id, data=values)
    put_scaled(rng, made)
    data = made.get_mb()
    length = len(data) // 2 - 2
    read = device.Model(model_id=model_id, model_len=length, data=data)
    if made.error_info or read.error_info:
        raise AssertionError(f"model {model_id}: {made.error_info}{read.error_info}")
    points = []
    walk(made, read, "", points)
    registers = list(struct.unpack(f">{len(data) // 2}H", data))
    return {"id": model_id, "length": length, "registers": registers, "points": points}


def main():
    seed, rounds = int(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(seed)
    for _ in range(rounds):
        for model_id in model_ids():
            print(json.dumps(image(rng, model_id)))


main()
