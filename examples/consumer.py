"""Print records: python3 consumer.py BROKERS TOPIC SCHEMA_FOLDER (pip install confluent-kafka fastavro)"""
import io, json, pathlib, sys
import confluent_kafka, fastavro

def load_schemas(folder):  # by the first 10 bytes of a payload
    texts = [json.loads(path.read_text()) for path in pathlib.Path(folder).rglob("*.avsc")]
    forms = [fastavro.schema.to_parsing_canonical_form(text) for text in texts]
    digests = [bytes.fromhex(fastavro.schema.fingerprint(form, "CRC-64-AVRO")) for form in forms]
    return {b"\xc3\x01" + digest: fastavro.parse_schema(text) for digest, text in zip(digests, texts)}

def decode(payload, schemas):
    return fastavro.schemaless_reader(io.BytesIO(payload[10:]), schemas[payload[:10]])

if __name__ == "__main__":
    brokers, topic, folder = sys.argv[1:4]
    schemas = load_schemas(folder)
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": brokers, "group.id": "example", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    while True:
        message = consumer.poll(1.0)
        if message is not None and message.error() is None:
            print(json.dumps(decode(message.value(), schemas), default=str), flush=True)
