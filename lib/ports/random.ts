/**
 * The port to randomness: ids that must be unique, and jitter.
 */
export interface Random {
  /** A number in [0, 1). */
  float(): number;

  /** 22 URL-safe characters that carry 128 random bits; unique for ever. */
  id(): string;
}
