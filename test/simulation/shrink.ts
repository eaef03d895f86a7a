/**
 * The fewest operations with which a run still fails, found by halving: a run of fewer operations is the beginning of a longer one,
 * but for its end. Where it fails now and then on the way down, what is found may not be the least, but fails.
 *
 * @param operations with which it fails
 */
export async function fewestThatFail(
  operations: number,
  fails: (operations: number) => Promise<boolean>,
): Promise<number> {
  let least = operations;
  let passing = 0;
  while (least - passing > 1) {
    const middle = Math.floor((least + passing) / 2);
    if (await fails(middle)) least = middle;
    else passing = middle;
  }
  return least;
}
