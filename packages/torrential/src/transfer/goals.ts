/** When a torrent has been seeded enough, and when waiting has lasted too long. */

export interface Goals {
  /** Uploaded bytes by wanted bytes. */
  readonly seedRatio: number | undefined;
  readonly seedTimeMs: number | undefined;
  /** Without a new byte. */
  readonly timeoutMs: number | undefined;
}

/** Whether any goal, when there is one, is reached. */
export function isSeededEnough(
  seeding: { readonly uploaded: number; readonly length: number; readonly seedingMs: number },
  { seedRatio, seedTimeMs }: Goals,
): boolean {
  if (seedRatio !== undefined && seeding.uploaded >= seedRatio * seeding.length) return true;
  return seedTimeMs !== undefined && seeding.seedingMs >= seedTimeMs;
}

/** Notices when bytes stop coming. */
export class ProgressWatch {
  #bytes = -1;
  #sinceMs: number;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** Milliseconds since the number last changed. */
  idleMs(bytes: number, nowMs: number): number {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#sinceMs = nowMs;
    }
    return nowMs - this.#sinceMs;
  }
}
