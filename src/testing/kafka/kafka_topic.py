"""Creates or deletes a topic: kafka_topic.py BOOTSTRAP create NAME PARTITIONS [KEY=VALUE...] | delete NAME"""

import sys
import time

from confluent_kafka.admin import AdminClient, NewTopic

bootstrap, action, name, *rest = sys.argv[1:]
admin = AdminClient({"bootstrap.servers": bootstrap})
deadline = time.monotonic() + 30


def exists() -> bool:
    return name in admin.list_topics(timeout=10).topics


if action == "create":
    config = dict(pair.split("=", 1) for pair in rest[1:])
    topic = NewTopic(name, int(rest[0]), 1, config=config)
    admin.create_topics([topic], request_timeout=20)[name].result(30)
else:
    admin.delete_topics([name], request_timeout=20)[name].result(30)
while exists() != (action == "create"):
    if time.monotonic() > deadline:
        sys.exit(f"{name}: {action} had no effect")
    time.sleep(0.05)
