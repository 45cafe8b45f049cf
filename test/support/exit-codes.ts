/** The command's documented exit codes (README). Written out here again on purpose: they are a promise to scripts. */
export const EXIT = {
  done: 0,
  usage: 2,
  badSource: 3,
  disk: 4,
  /** `verify` found faults, `seed` found something missing. */
  incomplete: 5,
  network: 6,
  /** The state folder cannot be used. */
  configuration: 78,
  /** Ctrl-C: 128 + SIGINT. */
  interrupted: 130,
  /** 128 + SIGTERM. */
  terminated: 143,
} as const;
