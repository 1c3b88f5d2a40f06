"""Holds JSON texts against JSON Schemas: [{"schema": PATH, "text": JSON}] in, a list of faults out."""

import json
import sys

import jsonschema

faults = []
for nth, case in enumerate(json.load(sys.stdin)):
    with open(case["schema"]) as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for error in validator.iter_errors(json.loads(case["text"])):
        faults.append(f"{nth} {case['schema']} {error.json_path}: {error.message}")
print(json.dumps(faults))
