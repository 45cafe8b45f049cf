/**
 * Whose turn it is to ask a tracker: at most 50 at a time, and few for a host that has not answered yet, so that dead
 * ones never hold up those that live (PROMISES F11). A host that stayed silent is believed dead for a while: who waits
 * for it fails at once with what the others found out.
 */

/** PROMISES "Limits to start from": trackers. */
const PARALLEL_MAX = 50;
const PARALLEL_PER_HOST_MAX = 16;
const PARALLEL_PER_UNPROVEN_HOST_MAX = 4;
/** So many in a row stayed silent, with no answer between them. */
const SILENCES_MAX = 2;
const DEAD_MS = 30_000;
const HOSTS_MAX = 1_000;

/** What an attempt came to: `failed` is for attempts that took no time, and say nothing about the host. */
export type Attempt<Value> =
  | { readonly type: "answered" | "failed"; readonly value: Value }
  /** Nothing came until the attempt gave up. */
  | { readonly type: "silent"; readonly value: Value };

interface Host<Value> {
  readonly queue: Job<Value>[];
  running: number;
  isProven: boolean;
  silences: number;
  deadUntil: number;
  /** What those are told that come while it is dead. */
  lastValue: Value | undefined;
}

interface Job<Value> {
  readonly attempt: () => Promise<Attempt<Value>>;
  readonly resolve: (value: Value) => void;
}

export class Turns<Value> {
  readonly #now: () => number;
  /** Least recently used first. */
  readonly #hosts = new Map<string, Host<Value>>();
  #running = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Runs `attempt`, which must not reject, when its host has a turn; or gives the answer of a host that is dead. */
  take(host: string, attempt: () => Promise<Attempt<Value>>): Promise<Value> {
    const known = this.#host(host);
    return new Promise((resolve) => {
      known.queue.push({ attempt, resolve });
      this.#serve(known);
    });
  }

  #host(key: string): Host<Value> {
    const known: Host<Value> = this.#hosts.get(key) ?? {
      queue: [],
      running: 0,
      isProven: false,
      silences: 0,
      deadUntil: 0,
      lastValue: undefined,
    };
    this.#hosts.delete(key);
    this.#hosts.set(key, known);
    for (const [oldest, { queue, running }] of this.#hosts) {
      if (this.#hosts.size <= HOSTS_MAX) break;
      if (queue.length === 0 && running === 0) this.#hosts.delete(oldest);
    }
    return known;
  }

  #serve(host: Host<Value>): void {
    this.#refuse(host);
    while (host.queue.length > 0 && host.running < roomOf(host) && this.#running < PARALLEL_MAX) {
      const job = host.queue.shift();
      if (job !== undefined) void this.#run(host, job);
    }
  }

  /** While it is dead, and while one attempt finds out whether it still is, everybody else hears what is known. */
  #refuse(host: Host<Value>): void {
    const { lastValue } = host;
    if (host.silences < SILENCES_MAX || lastValue === undefined) return;
    const kept = this.#now() < host.deadUntil || host.running > 0 ? 0 : 1;
    for (const { resolve } of host.queue.splice(kept)) resolve(lastValue);
  }

  async #run(host: Host<Value>, { attempt, resolve }: Job<Value>): Promise<void> {
    host.running++;
    this.#running++;
    const { type, value } = await attempt();
    host.running--;
    this.#running--;
    if (type === "answered") {
      host.isProven = true;
      host.silences = 0;
    } else if (type === "silent") {
      host.isProven = false;
      host.silences++;
      host.lastValue = value;
      host.deadUntil = this.#now() + DEAD_MS;
    }
    resolve(value);
    // Round robin: the hosts that had the fewest turns lately are first in the map.
    for (const each of [...this.#hosts.values()]) if (each.queue.length > 0) this.#serve(each);
  }
}

function roomOf({ isProven, silences }: { readonly isProven: boolean; readonly silences: number }): number {
  if (silences >= SILENCES_MAX) return 1;
  return isProven ? PARALLEL_PER_HOST_MAX : PARALLEL_PER_UNPROVEN_HOST_MAX;
}
