/**
 * A function that a topic invokes: prints each click, and where it stands in its log.
 *
 *     npm start -- --trigger click=./examples/triggers/print-clicks.ts
 *
 * The event is what AWS Lambda delivers for a self-managed Kafka cluster, so the same function runs there unchanged. It is loaded again
 * whenever its file changes; a record that it throws on is tried again.
 */
import type { SelfManagedKafkaEvent } from 'aws-lambda';

export async function handler(event: SelfManagedKafkaEvent): Promise<void> {
  for (const [partition, records] of Object.entries(event.records)) {
    for (const { offset, key, value } of records) {
      console.log(`${partition} offset ${offset}: ${textOf(key)} ${textOf(value)}`);
    }
  }
}

/** Keys and values are base64; a record may be without either. */
function textOf(base64: string | null | undefined): string {
  return base64 ? Buffer.from(base64, 'base64').toString() : '-';
}
