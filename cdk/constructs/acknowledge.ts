/** Findings of cdk-nag that are meant to be so. */
import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Acknowledges each rule on `construct` and what it contains, for the reason given beside it. */
export function acknowledge(construct: IConstruct, reasonOfRule: Readonly<Record<string, string>>): void {
  for (const [id, reason] of Object.entries(reasonOfRule)) Validations.of(construct).acknowledge({ id, reason });
}
