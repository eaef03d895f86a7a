/** The cluster table of a run, which tells of every partition state that is written. */
import { MemoryItemTable } from '../../lib/adapters/memory/item-table.ts';
import { partitionStateFromItem } from '../../lib/log/catalogue.ts';
import type { PartitionState } from '../../lib/log/cells.ts';
import type { CreateResult, Item, NewItem, ReplaceResult } from '../../lib/ports/item-table.ts';

export class WatchedTable extends MemoryItemTable {
  /** Told at the moment at which a state takes effect, with the partition's name in keys. */
  onState: ((logKey: string, state: PartitionState) => void) | undefined;

  override create(item: NewItem): Promise<CreateResult> {
    const done = super.create(item);
    this.#tell(item);
    return done;
  }

  override replace(item: NewItem, version: number): Promise<ReplaceResult> {
    const done = super.replace(item, version);
    this.#tell(item);
    return done;
  }

  /** Each call takes effect before its promise is returned: what is stored now is what was written, or was there before. */
  #tell({ pk, sk }: NewItem): void {
    if (sk !== 'state' || !this.onState) return;
    const stored: Item | undefined = this.all().find(item => item.pk === pk && item.sk === sk);
    if (stored) this.onState(pk.slice('partition/'.length), partitionStateFromItem(stored));
  }
}
