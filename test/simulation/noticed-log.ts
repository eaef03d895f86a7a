/** The log table of a run, which tells of every entry that is created, as its stream does. */
import { MemoryItemTable } from '../../lib/adapters/memory/item-table.ts';
import type { CreateResult, NewItem } from '../../lib/ports/item-table.ts';

export class NoticedLog extends MemoryItemTable {
  /** Told with the name of the partition in keys, where its log has grown. */
  onGrown: ((logKey: string) => void) | undefined;

  override create(item: NewItem): Promise<CreateResult> {
    const created = super.create(item);
    this.onGrown?.(item.pk);
    return created;
  }
}
