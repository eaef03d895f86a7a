/** A deployed stack, past its API: its stores and functions are reached with the credentials of the deployment. */
import type { ClientOptions } from '../../lib/adapters/aws/client-config.ts';

export interface Deployed {
  readonly url: string;
  /** How its stores and functions are reached. */
  readonly client: ClientOptions;
  readonly logTable: string;
  readonly bucket: string;
}
