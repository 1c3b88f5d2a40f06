/**
 * A client of kafkajs whose metadata requests never create a topic.
 *
 * A broker with `auto.create.topics.enable` creates each topic that a metadata request
 * names, unless the request forbids it. kafkajs allows it by default for producers and
 * consumers and forbids it for admins.
 *
 * @module
 */

import {
  type Consumer,
  type ConsumerConfig,
  Kafka,
  type Producer,
  type ProducerConfig,
} from "kafkajs";

/** As `Kafka`, but producers and consumers cannot be configured to create topics. */
export class NonCreatingKafka extends Kafka {
  override producer(config?: ProducerConfig): Producer {
    return super.producer({ ...config, allowAutoTopicCreation: false });
  }

  override consumer(config: ConsumerConfig): Consumer {
    return super.consumer({ ...config, allowAutoTopicCreation: false });
  }
}
