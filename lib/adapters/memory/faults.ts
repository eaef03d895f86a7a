/**
 * What can go wrong between a caller and a store, over any adapter: wrap the store, and an `Intercept` decides for each
 * call whether, when and how often it is applied and what is answered. Give each simulated worker a wrapper of its own.
 *
 * @example the next create is applied, but its answer is lost
 * const faults = new FaultPlan();
 * const table = interceptItemTable(new MemoryItemTable(), faults.intercept);
 * faults.next('create', replyLost);
 */
import type { ItemKey, ItemTable } from '../../ports/item-table.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import { MillraceError } from '../../protocol/errors.ts';

export interface StoreCall {
  readonly store: 'items' | 'objects';
  readonly operation: 'get' | 'create' | 'replace' | 'delete' | 'query' | 'put' | 'list';
  /** `pk sk` of an item, `pk` of a query, an object's key, or the prefix of a listing. */
  readonly key: string;
}

/** Stands between caller and store. A call counts as done when `apply` is called, and as answered by what this returns. */
export type Intercept = <T>(call: StoreCall, apply: () => Promise<T>) => Promise<T>;

/** Applied, and answered. */
export const noFault: Intercept = (_call, apply) => apply();

/** Refused: never applied. */
export const throttled: Intercept = async call => {
  throw new MillraceError('THROTTLED', `${describe(call)} was refused by a fault`);
};

/** Applied, but the answer is lost. */
export const replyLost: Intercept = async (call, apply) => {
  await apply();
  throw lostReply(call);
};

/** Not applied, though the caller cannot know. */
export const requestLost: Intercept = async call => {
  throw lostReply(call);
};

/** Applied and answered once `until` resolves: a slow store, or a frozen caller. */
export function delayed(until: () => Promise<void>): Intercept {
  return async (_call, apply) => {
    await until();
    return apply();
  };
}

/** Answered as unknown at once, and applied once `until` resolves. */
export function appliedLater(until: () => Promise<void>): Intercept {
  return async (call, apply) => {
    void until()
      .then(apply)
      .catch(() => undefined);
    throw lostReply(call);
  };
}

/** Faults for calls to come; a call for which none is planned goes through. */
export class FaultPlan {
  readonly #planned: { readonly matches: (call: StoreCall) => boolean; readonly fault: Intercept }[] = [];

  /** The next call of `operation` meets `fault`; planned twice, the next two do, in that order. */
  next(operation: StoreCall['operation'], fault: Intercept): void {
    this.#planned.push({ matches: call => call.operation === operation, fault });
  }

  /** The next call that writes meets `fault`. */
  nextWrite(fault: Intercept): void {
    this.#planned.push({ matches: isWrite, fault });
  }

  intercept: Intercept = (call, apply) => {
    const index = this.#planned.findIndex(({ matches }) => matches(call));
    const [planned] = index === -1 ? [] : this.#planned.splice(index, 1);
    return (planned?.fault ?? noFault)(call, apply);
  };
}

export function interceptItemTable(table: ItemTable, intercept: Intercept): ItemTable {
  const call = (operation: StoreCall['operation'], { pk, sk }: ItemKey): StoreCall => {
    return { store: 'items', operation, key: `${pk} ${sk}` };
  };
  return {
    get: key => intercept(call('get', key), () => table.get(key)),
    create: item => intercept(call('create', item), () => table.create(item)),
    replace: (item, version) => intercept(call('replace', item), () => table.replace(item, version)),
    delete: (key, version) => intercept(call('delete', key), () => table.delete(key, version)),
    query: (range, options) =>
      intercept({ store: 'items', operation: 'query', key: range.pk }, () => table.query(range, options)),
  };
}

export function interceptObjectStore(store: ObjectStore, intercept: Intercept): ObjectStore {
  const call = (operation: StoreCall['operation'], key: string): StoreCall => ({ store: 'objects', operation, key });
  return {
    put: (key, bytes) => intercept(call('put', key), () => store.put(key, bytes)),
    get: (key, range) => intercept(call('get', key), () => store.get(key, range)),
    delete: keys => intercept(call('delete', keys.join(' ')), () => store.delete(keys)),
    async *list(prefix) {
      yield* await intercept(call('list', prefix), async () => store.list(prefix));
    },
  };
}

/** To a reader nothing is unknown: it only has no answer. */
function lostReply(call: StoreCall): MillraceError {
  const code = isWrite(call) ? 'OUTCOME_UNKNOWN' : 'STORE_UNAVAILABLE';
  return new MillraceError(code, `${describe(call)} lost its reply to a fault`);
}

function isWrite({ operation }: StoreCall): boolean {
  return operation !== 'get' && operation !== 'query' && operation !== 'list';
}

function describe(call: StoreCall): string {
  return `${call.operation} of ${call.store} ${call.key}`;
}
