/**
 * What a poller has not seen yet (`rid`). The answer before last is kept until the poller shows by its next `rid` that the
 * last one arrived: a reply that was lost is made up for by the next.
 */

/** Values by key, such as torrents by hash; each is plain data, and the same object while nothing in it changed. */
export type Snapshot<T extends object> = ReadonlyMap<string, T>;

export interface Difference<T extends object> {
  /** New ones whole, others with the keys that changed. */
  readonly changed: Readonly<Record<string, Partial<T>>>;
  readonly removed: readonly string[];
}

export function compareSnapshots<T extends object>(before: Snapshot<T>, after: Snapshot<T>): Difference<T> {
  if (before === after) return { changed: {}, removed: [] };
  const changed: Record<string, Partial<T>> = {};
  for (const [key, value] of after) {
    const old = before.get(key);
    if (old === value) continue;
    const difference = old === undefined ? value : compareObjects(old, value);
    if (difference !== undefined) changed[key] = difference;
  }
  const removed = [...before.keys()].filter((key) => !after.has(key));
  return { changed, removed };
}

/** The keys of `after` whose value is another; undefined when there is none. Values are compared as JSON. */
export function compareObjects<T extends object>(before: T, after: T): Partial<T> | undefined {
  if (before === after) return undefined;
  const difference: Partial<T> = {};
  let isAny = false;
  for (const key of Object.keys(after) as (keyof T & string)[]) {
    if (isSame(before[key], after[key])) continue;
    difference[key] = after[key];
    isAny = true;
  }
  return isAny ? difference : undefined;
}

function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  return typeof a === "object" && typeof b === "object" && JSON.stringify(a) === JSON.stringify(b);
}

/** The original counts so far and starts again. */
const RID_MAX = 1_000_000;

/** One poller's place: what it is known to have, and what was sent last. */
export class Poll<State> {
  #accepted: { readonly rid: number; readonly state: State } | undefined;
  #sent: { readonly rid: number; readonly state: State } | undefined;

  /** Takes the poller's `rid` and returns what to compare with; undefined when it needs everything. */
  begin(rid: number): State | undefined {
    if (rid > 0 && rid === this.#sent?.rid) this.#accepted = this.#sent;
    else if (rid <= 0 || rid !== this.#accepted?.rid) this.#accepted = undefined;
    return this.#accepted?.state;
  }

  /** Returns the `rid` of the answer that holds `state`. */
  end(state: State): number {
    const rid = ((this.#sent?.rid ?? 0) % RID_MAX) + 1;
    this.#sent = { rid, state };
    return rid;
  }
}
