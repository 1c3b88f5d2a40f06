"""Reads topics from their beginning with confluent-kafka, independently of the program.

consume.py BOOTSTRAP COUNT TIMEOUT_S TOPIC... [KEY=VALUE...]

Prints one JSON object per record: topic, partition, offset, key, timestamp (ms), headers, value (base64).
Reads at least COUNT records, and then to the end of every partition, so that duplicates are included.
Exit code 3 if fewer than COUNT records arrived within TIMEOUT_S; those that arrived are printed all the same.
"""

import base64
import json
import sys
import time

from confluent_kafka import Consumer, KafkaError, TopicPartition

bootstrap, count, timeout_s, *rest = sys.argv[1:]
topics = [word for word in rest if "=" not in word]
consumer = Consumer(
    {
        "bootstrap.servers": bootstrap,
        "group.id": "not-used",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "auto.offset.reset": "earliest",
        **dict(word.split("=", 1) for word in rest if "=" in word),
    }
)
deadline = time.monotonic() + float(timeout_s)
found = {}
while time.monotonic() < deadline and len(found) < len(topics):
    known = consumer.list_topics(timeout=10).topics
    found = {name: known[name].partitions for name in topics if name in known}
assigned = [TopicPartition(name, number, 0) for name, numbers in found.items() for number in numbers]
consumer.assign(assigned)
count_min = int(count)
received = 0
at_end = set()
while time.monotonic() < deadline and not (received >= count_min and len(at_end) == len(assigned)):
    message = consumer.poll(0.2)
    if message is None:
        continue
    place = (message.topic(), message.partition())
    if message.error():
        if message.error().code() == KafkaError._PARTITION_EOF:
            at_end.add(place)
        continue
    at_end.discard(place)
    received += 1
    key = message.key()
    record = {
        "topic": message.topic(),
        "partition": message.partition(),
        "offset": message.offset(),
        "key": None if key is None else key.decode(),
        "timestamp": message.timestamp()[1],
        "headers": {name: (value or b"").decode() for name, value in message.headers() or []},
        "value": base64.b64encode(message.value() or b"").decode(),
    }
    print(json.dumps(record))
consumer.close()
sys.exit(0 if received >= count_min else 3)
