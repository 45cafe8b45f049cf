/**
 * What limits each node of the tree, as it is kept. Plain rates of everything, labels and torrents are kept with those (in
 * settings, labels and records); all else, schedules and guarantees and weights, is kept here, and wins over them.
 */
import type { LimitChange, LimitStrategy, RateLimit } from "@torrential/api";
import { type Endpoint, parseEndpoint, TorrentialError } from "@torrential/core";
import { checkLimits, type LimitStrategy as EngineStrategy, type RateLimits, weekAnchor } from "@torrential/node";
import { ServiceError } from "./errors.ts";
import type { KeyValueStore } from "./service.ts";

const AREA = "limits";
const QUARANTINE_AREA = "limits-quarantined";
const WAYS = ["down", "up"] as const;

export class LimitBook {
  readonly #values: KeyValueStore;
  readonly #kept = new Map<string, LimitChange>();
  readonly #damaged = new Map<string, string>();

  constructor(values: KeyValueStore) {
    this.#values = values;
    for (const [id, text] of values.list(AREA)) {
      const kept = read(text);
      if (kept === undefined) this.#damaged.set(id, text);
      else this.#kept.set(id, kept);
    }
  }

  /**
   * Puts aside what cannot be read, so that somebody may look at it, and names the nodes that it was kept of: they are without
   * these limits (PROMISES C23). Call once, at the start.
   */
  async quarantine(): Promise<readonly string[]> {
    for (const [id, text] of this.#damaged) {
      try {
        await this.#values.set(QUARANTINE_AREA, id, text);
        await this.#values.set(AREA, id, undefined);
      } catch (error) {
        // A state that cannot be written keeps nobody from starting: it is found again next time.
        if (!(error instanceof ServiceError)) throw error;
      }
    }
    return [...this.#damaged.keys()];
  }

  /** Nodes that something is kept of. */
  get ids(): Iterable<string> {
    return this.#kept.keys();
  }

  get(id: string): LimitChange {
    return this.#kept.get(id) ?? {};
  }

  /** As people see it; `rates` are kept elsewhere. */
  strategy(id: string, way: "down" | "up", rates: RateLimit = {}): LimitStrategy {
    const rate = rates[way];
    return this.get(id)[way] ?? (rate === undefined ? { type: "unlimited" } : { type: "fixed", bytesPerSec: rate });
  }

  /** For the engine; `otherwise` is the weight of one that none is kept of. Schedules are anchored to the week of now. */
  limits(id: string, rates: RateLimit = {}, otherwise?: number): RateLimits {
    const weight = this.get(id).weight ?? otherwise;
    const [down, up] = WAYS.map((way) => toEngine(this.strategy(id, way, rates)));
    return { down, up, ...(weight === undefined ? {} : { weight }) };
  }

  /** What is set for peers of a torrent. */
  peersOf(infoHash: string): readonly { readonly peer: Endpoint; readonly limits: RateLimits }[] {
    const ids = [...this.#kept.keys()].filter((id) => id.startsWith(`peer:${infoHash}/`));
    return ids.flatMap((id) => {
      const peer = peerOf(id);
      return peer === undefined ? [] : [{ peer, limits: this.limits(id) }];
    });
  }

  /** On disk when it resolves. */
  async put(id: string, kept: LimitChange): Promise<void> {
    const isNothing = kept.down === undefined && kept.up === undefined && kept.weight === undefined;
    await this.#values.set(AREA, id, isNothing ? undefined : JSON.stringify(kept));
    if (isNothing) this.#kept.delete(id);
    else this.#kept.set(id, kept);
  }

  /** A plain rate was set elsewhere: it takes the place of what is kept here for the same way. */
  async yieldTo(id: string, ways: readonly ("down" | "up")[]): Promise<void> {
    const kept = this.#kept.get(id);
    if (kept === undefined || !ways.some((way) => kept[way] !== undefined)) return;
    await this.put(id, without(kept, ways));
  }

  /** The torrent is gone, and its peers with it. */
  async forget(infoHash: string): Promise<void> {
    const mine = [...this.#kept.keys()].filter(
      (id) => id === `torrent:${infoHash}` || id.startsWith(`peer:${infoHash}/`),
    );
    for (const id of mine) await this.put(id, {});
  }
}

export function without(kept: LimitChange, ways: readonly ("down" | "up")[]): LimitChange {
  return Object.fromEntries(Object.entries(kept).filter(([key]) => !(ways as readonly string[]).includes(key)));
}

/** Throws "invalid". */
export function checkChange({ down, up, weight }: LimitChange): void {
  try {
    checkLimits({
      ...(down === undefined ? {} : { down: toEngine(down) }),
      ...(up === undefined ? {} : { up: toEngine(up) }),
      ...(weight === undefined ? {} : { weight }),
    });
  } catch (cause) {
    if (!(cause instanceof TorrentialError)) throw cause;
    throw new ServiceError("invalid", cause.message, { cause });
  }
}

/** Of the id of a peer's node; undefined for others. */
export function peerOf(id: string): Endpoint | undefined {
  try {
    return id.startsWith("peer:") ? parseEndpoint(id.slice(id.indexOf("/") + 1)) : undefined;
  } catch {
    // No endpoint: nobody is meant.
    return undefined;
  }
}

function toEngine(strategy: LimitStrategy): EngineStrategy | undefined {
  switch (strategy.type) {
    case "unlimited":
      return undefined;
    case "fixed":
      return strategy;
    case "guarantee-and-ceiling": {
      const { guaranteeBytesPerSec, ceilingBytesPerSec } = strategy;
      const ceiling = ceilingBytesPerSec === undefined ? {} : { ceilingBytesPerSec };
      return { type: "guarantee-and-ceiling", guaranteeBytesPerSec, ...ceiling };
    }
    case "schedule": {
      const profiles = Object.entries(strategy.profiles).map(([name, profile]) => [
        name,
        toEngine(profile) ?? { type: "unlimited" },
      ]);
      return { ...strategy, profiles: Object.fromEntries(profiles), weekStartsAt: weekAnchor(new Date()) };
    }
    default:
      return strategy satisfies never;
  }
}

/** Undefined for what is damaged. */
function read(text: string): LimitChange | undefined {
  try {
    const kept = JSON.parse(text) as LimitChange;
    if (typeof kept !== "object" || kept === null || Array.isArray(kept)) return undefined;
    checkChange(kept);
    return kept;
  } catch {
    return undefined;
  }
}
