/** The base of every error that this project throws on purpose. Anything else that is thrown is a bug of ours. */

/**
 * An error with a stable code for programs and a sentence for people: what, which, got, wanted.
 * The original failure, when there is one, is kept as `cause`.
 */
export class TorrentialError<C extends string = string> extends Error {
  readonly code: C;

  constructor(code: C, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "TorrentialError";
    this.code = code;
  }
}

/** A broken promise between two parts of this program: never caught, never caused by input from outside. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** Throws an AssertionError unless `condition` holds. For mistakes of the programmer, not for bad input. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}
