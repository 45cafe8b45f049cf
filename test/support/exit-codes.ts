/** The command's documented exit codes (README). Written out here again on purpose: they are a promise to scripts. */
export const EXIT = {
  done: 0,
  /** Something else failed. */
  failed: 1,
  /** Words that the command does not know, or values that make no sense. */
  usage: 64,
  /** A source, or data, that is not what it should be. */
  badData: 65,
  /** A source that is not there. */
  noInput: 66,
  /** Data could not be written. */
  cannotWrite: 73,
  /** Ctrl-C: 128 + SIGINT. */
  interrupted: 130,
} as const;
