/** What all resources of v3 have in common: a kind, a link to themselves, and a name. */
import * as z from 'zod';

export const related = z.object({ related: z.string() });

export const resource = (kind: string) =>
  z.object({
    kind: z.literal(kind),
    metadata: z.object({ self: z.string(), resource_name: z.string() }),
  });

export const listOf = (kind: string, item: z.ZodType) =>
  z.object({
    kind: z.literal(kind),
    metadata: z.object({ self: z.string(), next: z.null() }),
    data: z.array(item),
  });

/** A list that is whole: nothing follows it. */
export const list = <T>(kind: string, self: string, data: readonly T[]) => ({
  kind,
  metadata: { self, next: null },
  data,
});
