import { AckPolicy, type ConsumerMessages, jetstream, jetstreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { PAYLOAD, type Participant } from './participant.ts';

const STREAM = 'jobs';
const CONSUMER = 'workers';
const AT_ONCE = 1_000;

/** NATS JetStream: a work queue in files. It takes one message at a time. */
export async function createJetStream(url: string): Promise<Participant> {
  const connection = await connect({ servers: url });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: STREAM, subjects: ['jobs.*'], storage: StorageType.File, retention: RetentionPolicy.Workqueue });
  await manager.consumers.add(STREAM, { durable_name: CONSUMER, ack_policy: AckPolicy.Explicit, max_ack_pending: 10 * AT_ONCE });
  const client = jetstream(connection);
  const consumer = await client.consumers.get(STREAM, CONSUMER);
  const payload = JSON.stringify(PAYLOAD);
  let messages: ConsumerMessages | undefined;
  let reading: Promise<void> | undefined;

  async function read(from: ConsumerMessages, done: (count: number) => void): Promise<void> {
    for await (const message of from) {
      message.ack();
      done(1);
    }
  }
  return {
    add: async () => void (await client.publish('jobs.job', payload)),
    async start(done) {
      messages = await consumer.consume({ max_messages: AT_ONCE });
      reading = read(messages, done);
    },
    async stop() {
      await messages?.close();
      await reading;
    },
    async remaining() {
      const { num_pending: waiting, num_ack_pending: unconfirmed } = await consumer.info();
      return waiting + unconfirmed;
    },
    close: () => connection.close(),
  };
}
