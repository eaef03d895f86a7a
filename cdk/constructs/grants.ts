/**
 * Grants: each lets somebody ask the API for something, and tells a function where the API is, by `MILLRACE_URL`.
 *
 * Requests have to be signed then: AWS Signature Version 4, service `execute-api`.
 */
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { urlVariable } from '../../functions/environment.ts';
import { type ApiCall, everything, fetching, fetchingMany, joining, producing } from './api-calls.ts';
import type { FrontDoor } from './front-door.ts';

/** Of one topic. */
export class TopicGrants {
  readonly #door: FrontDoor;
  readonly #topic: string;

  constructor(door: FrontDoor, topic: string) {
    this.#door = door;
    this.#topic = topic;
  }

  /** Lets it append records to the topic. */
  produce(grantee: IGrantable): Grant {
    return allow(this.#door, grantee, producing(this.#topic));
  }

  /** Lets it read the topic at any offset, without a group. */
  fetch(grantee: IGrantable): Grant {
    return allow(this.#door, grantee, fetching(this.#topic));
  }

  /**
   * Lets it read the topic, also as a member of a group: of the one that is named, or of any. The routes of a group name no topic, so as
   * its member it may read other topics too.
   */
  consume(grantee: IGrantable, groupId?: string): Grant {
    return allow(this.#door, grantee, [...fetching(this.#topic), ...joining(checkedGroup(groupId))]);
  }
}

/** Of all topics, also those that are made later. */
export class StreamGrants {
  readonly #door: FrontDoor;

  constructor(door: FrontDoor) {
    this.#door = door;
  }

  /** Lets it append records to every topic. */
  produce(grantee: IGrantable): Grant {
    return allow(this.#door, grantee, producing('*'));
  }

  /** Lets it read every topic at any offset, without a group. */
  fetch(grantee: IGrantable): Grant {
    return allow(this.#door, grantee, [...fetching('*'), ...fetchingMany]);
  }

  /** Lets it read every topic, also as a member of a group: of the one that is named, or of any. */
  consume(grantee: IGrantable, groupId?: string): Grant {
    return allow(this.#door, grantee, [...fetching('*'), ...fetchingMany, ...joining(checkedGroup(groupId))]);
  }

  /** Lets it do everything: also create, alter and delete topics, groups and triggers. */
  administer(grantee: IGrantable): Grant {
    return allow(this.#door, grantee, everything);
  }
}

function allow(door: FrontDoor, grantee: IGrantable, calls: readonly ApiCall[]): Grant {
  if (grantee instanceof LambdaFunction) grantee.addEnvironment(urlVariable, door.url);
  const resourceArns = calls.map(({ method, path }) => door.arnOf(method, path));
  return Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns });
}

/** A policy compares with the path as it was sent, and has signs of its own. */
function checkedGroup(groupId = '*'): string {
  if (groupId === '*' || /^[\w.~-]+$/.test(groupId)) return groupId;
  throw new Error(
    `group '${groupId}': a grant can name letters, digits and ._~- only; grant any group by leaving it out`,
  );
}
