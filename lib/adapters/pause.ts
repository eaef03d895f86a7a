/** Resolves after `ms` milliseconds: between two tries at something that another process or service has yet to free. */
export function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}
