import { FaultPlan, replyLost } from '../../../lib/adapters/memory/faults.ts';

/** Loses replies in this process, between an adapter and its caller. */
export class ReplyLoser {
  readonly #faults = new FaultPlan();
  #lost = 0;

  readonly intercept = this.#faults.intercept;

  readonly loseNextReply = (): void => {
    this.#faults.nextWrite((call, apply) => {
      this.#lost++;
      return replyLost(call, apply);
    });
  };

  readonly lostReplies = (): number => this.#lost;
}
