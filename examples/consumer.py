"""Print records: python3 consumer.py BROKERS TOPIC SCHEMA_FOLDER (pip install confluent-kafka fastavro)"""
import io, json, pathlib, sys
import fastavro

def load_schemas(folder):
    """The .avsc files by the 10 bytes that a payload written with them begins with."""
    schemas = {}
    for path in pathlib.Path(folder).glob("*.avsc"):
        schema = json.loads(path.read_text())
        canonical = fastavro.schema.to_parsing_canonical_form(schema)
        print_ = bytes.fromhex(fastavro.schema.fingerprint(canonical, "CRC-64-AVRO"))
        schemas[b"\xc3\x01" + print_] = fastavro.parse_schema(schema)
    return schemas

def decode(payload, schemas):
    return fastavro.schemaless_reader(io.BytesIO(payload[10:]), schemas[payload[:10]])

def main(brokers, topic, folder):
    from confluent_kafka import Consumer
    schemas = load_schemas(folder)
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "example", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    while True:
        message = consumer.poll(1.0)
        if message is not None and message.error() is None:
            print(json.dumps(decode(message.value(), schemas), default=str), flush=True)

if __name__ == "__main__":
    main(*sys.argv[1:4])
