/** The few calls to Millrace that are not measured. */

/** Creates a topic, of one partition where it is not said. */
export async function createTopic(url: string, name: string, partitions = 1): Promise<void> {
  const clusters = await ask(`${url}/v3/clusters`);
  const clusterId = (clusters as { data: { cluster_id: string }[] }).data[0]?.cluster_id;
  await ask(`${url}/v3/clusters/${clusterId}/topics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ topic_name: name, partitions_count: partitions }),
  });
}

/** The end of the topic's only partition. */
export async function endOffset(url: string, topic: string): Promise<number> {
  const offsets = await ask(`${url}/topics/${topic}/partitions/0/offsets`);
  return (offsets as { end_offset: number }).end_offset;
}

async function ask(url: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url} answered ${response.status} ${await response.text()}`);
  return response.json();
}
