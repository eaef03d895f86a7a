/**
 * What DynamoDB counts, by its published rules: sizes of items, and the units of a write and of a strongly consistent read.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html and CapacityUnitCalculations.html
 */
import type { AttributeValue, Item, NewItem } from '../../lib/ports/item-table.ts';

const WRITE_UNIT_BYTES = 1024;
const READ_UNIT_BYTES = 4096;

/** Names that the aws adapter gives to what an item has beside its attributes. */
const OWN_NAMES = ['pk', 'sk', 'v', 'w'];
const EXPIRY_NAME = 'e';

/** One unit at least, one for each KiB begun. */
export const writeUnits = (itemBytes: number): number => Math.max(1, Math.ceil(itemBytes / WRITE_UNIT_BYTES));

/** One unit at least, also where nothing was found; one for each 4 KiB begun, of all items of a page together. */
export const readUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES));

/** Names and values of an item as the aws adapter stores it. */
export function itemBytes(item: NewItem | Item): number {
  const { pk, sk, writeId, attributes, expiresAt } = item;
  const version = 'version' in item ? item.version : 1;
  const own = [pk, sk, version, writeId].reduce((sum: number, value) => sum + valueBytes(value), 0);
  const names = OWN_NAMES.join('').length;
  const expiry = expiresAt === undefined ? 0 : EXPIRY_NAME.length + valueBytes(Math.ceil(expiresAt / 1000));
  return own + names + expiry + membersBytes(attributes);
}

function valueBytes(value: AttributeValue): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return numberBytes(value);
  if (typeof value === 'boolean' || value === null) return 1;
  if (value instanceof Uint8Array) return value.byteLength;
  // a list or a map: three bytes of its own, and one for each member
  return 3 + Object.keys(value).length + (isList(value) ? listBytes(value) : membersBytes(value));
}

/** About one byte for two significant digits, and one more; another for a sign. */
function numberBytes(value: number): number {
  const digits = String(Math.abs(value)).replace(/^0\.?0*|\.|0+$/g, '').length;
  return Math.ceil(digits / 2) + 1 + (value < 0 ? 1 : 0);
}

const isList = (value: AttributeValue): value is readonly AttributeValue[] => Array.isArray(value);

const listBytes = (list: readonly AttributeValue[]): number =>
  list.reduce((sum: number, one) => sum + valueBytes(one), 0);

const membersBytes = (map: Readonly<Record<string, AttributeValue>>): number =>
  Object.entries(map).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
