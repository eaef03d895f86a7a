/** The id of this deployment: made once by whoever asks first, the same for ever after. */
import { clusterKey } from '../log/catalogue.ts';
import type { LogServices } from '../log/log-services.ts';
import { createSettled } from '../log/settled-write.ts';

/** Answers the stored id; a process asks the store once. */
export class ClusterId {
  readonly #services: LogServices;
  #id: Promise<string> | undefined;

  constructor(services: LogServices) {
    this.#services = services;
  }

  get(): Promise<string> {
    this.#id ??= this.#readOrMake().catch(error => {
      this.#id = undefined;
      throw error;
    });
    return this.#id;
  }

  async #readOrMake(): Promise<string> {
    const { cluster, random } = this.#services;
    const stored = await cluster.get(clusterKey);
    if (stored) return String(stored.attributes.clusterId);
    const item = { ...clusterKey, writeId: random.id(), attributes: { clusterId: random.id() } };
    const { item: first } = await createSettled(this.#services, item);
    return String(first.attributes.clusterId);
  }
}
