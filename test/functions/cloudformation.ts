/** CloudFormation as a custom resource sees it: it asks by an event, and takes the answer at a URL. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';

export interface Answer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
}

export class CloudFormation {
  /** With the content type that came with each. */
  readonly answers: (Answer & { readonly type?: string | undefined })[] = [];
  /** How many answers it does not take from now on. */
  deaf = 0;
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const answer = (await json(request)) as Answer;
      const isLost = this.deaf-- > 0;
      if (!isLost) this.answers.push({ ...answer, type: request.headers['content-type'] });
      response.writeHead(isLost ? 503 : 200).end();
    });
  }

  async start(): Promise<void> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve));
  }

  stop(): void {
    this.#server.close();
  }

  event(given: Readonly<Record<string, unknown>>): CloudFormationCustomResourceEvent {
    const ResponseURL = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
    return { ResponseURL, RequestId: 'r', ...given } as unknown as CloudFormationCustomResourceEvent;
  }
}
