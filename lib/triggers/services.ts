/** What every use case of triggers is given: that of groups, what they invoke, and how they start one another. */
import type { GroupServices } from '../groups/services.ts';
import type { FailureDestination } from '../ports/failure-destination.ts';
import type { RunnerStarter } from '../ports/runner-starter.ts';
import type { TriggerTarget } from '../ports/trigger-target.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { TriggerFailure } from './run-report.ts';

/** What differs between deployments. */
export interface TriggerPorts {
  readonly starter: RunnerStarter;
  /** What is wrong with a function, where it is none that this deployment can invoke. */
  readonly refusalOfFunction: (name: string) => string | undefined;
  /** What is wrong with a destination outside of Millrace, where it is none that this deployment can send to. */
  readonly refusalOfDestination: (destination: string) => string | undefined;
}

/** Of whoever has nothing to do with triggers. */
export const noTriggers: TriggerPorts = {
  starter: { start: () => Promise.reject(new MillraceError('STORE_UNAVAILABLE', 'this function starts no triggers')) },
  refusalOfFunction: () => 'this function makes no triggers',
  refusalOfDestination: () => 'this function makes no triggers',
};

export interface TriggerServices extends GroupServices, TriggerPorts {}

/** What a runner has besides. */
export interface RunnerServices extends TriggerServices {
  readonly target: TriggerTarget;
  readonly destination: FailureDestination;
  /** What events say of where they come from: the address of this deployment. */
  readonly bootstrapServers: string;
  /** The longest pause between two tries of what fails, in milliseconds. */
  readonly longestPauseMs: number;
  /** Told of what failed, as it fails. */
  readonly onTriggerFailure: (failure: TriggerFailure) => void;
}
