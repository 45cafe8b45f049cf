/** Peers that the user keeps out of every torrent, kept over restarts; and those that torrents keep out, which only the engine knows. */
import type { Ban } from "@torrential/api";
import { peerKey, TorrentialError } from "@torrential/core";
import type { BanOrder, ListedBan } from "@torrential/node";
import { Fields } from "../state/fields.ts";
import { askSoon } from "./asking.ts";
import type { ServiceContext } from "./context.ts";
import { ServiceError } from "./errors.ts";
import type { BansService, KeyValueStore } from "./service.ts";

const AREA = "bans";

interface Kept {
  readonly reason: string;
  readonly expiresAtMs: number | undefined;
}

export class Bans implements BansService {
  readonly #context: ServiceContext;
  readonly #values: KeyValueStore;

  constructor(context: ServiceContext, values: KeyValueStore) {
    this.#context = context;
    this.#values = values;
  }

  /** Tells the engine whom it is to keep out, and forgets what is over. At the start, and after an import. */
  async start(): Promise<void> {
    const now = this.#context.clock.wall();
    const orders: BanOrder[] = [];
    for (const [key, text] of this.#values.list(AREA)) {
      const { reason, expiresAtMs } = read(text);
      if (expiresAtMs !== undefined && expiresAtMs <= now) await this.#values.set(AREA, key, undefined);
      else orders.push({ key, reason, expiresInMs: expiresAtMs === undefined ? undefined : expiresAtMs - now });
    }
    if (orders.length > 0) this.#context.engine.send({ type: "command", command: { type: "ban", bans: orders } });
  }

  /** The user's alone, where the engine does not answer in time. */
  async list(): Promise<readonly Ban[]> {
    const bans = await askSoon<readonly ListedBan[]>(this.#context.engine, { type: "bans" });
    if (bans === undefined) return this.#kept();
    const now = this.#context.clock.wall();
    return bans.map(({ key, reason, by, infoHash, expiresInMs }) => ({
      key,
      reason,
      by,
      infoHash,
      // JSON has no infinity: for good.
      expiresAtMs: Number.isFinite(expiresInMs) ? Math.round(now + expiresInMs) : undefined,
    }));
  }

  #kept(): readonly Ban[] {
    const now = this.#context.clock.wall();
    return [...this.#values.list(AREA)]
      .map(([key, text]): Ban => ({ key, by: "user", ...read(text) }))
      .filter(({ expiresAtMs = Number.POSITIVE_INFINITY }) => expiresAtMs > now);
  }

  async add(
    peers: readonly string[],
    { reason = "banned by hand", durationMs }: { readonly reason?: string; readonly durationMs?: number } = {},
  ): Promise<void> {
    const keys = [...new Set(peers.map(toKey))];
    const { clock, engine, history } = this.#context;
    const expiresAtMs = durationMs === undefined ? undefined : clock.wall() + durationMs;
    for (const key of keys) await this.#values.set(AREA, key, JSON.stringify({ reason, expiresAtMs }));
    const bans = keys.map((key): BanOrder => ({ key, reason, expiresInMs: durationMs }));
    engine.send({ type: "command", command: { type: "ban", bans } });
    const message = `By hand: ${keys.slice(0, 10).join(", ")}${keys.length > 10 ? ` and ${keys.length - 10} more` : ""}`;
    history.add({ type: "peer-banned", message });
  }

  /** Of an import: kept, and the engine hears of it with `start`. Throws "invalid". */
  async take(peer: string, fields: Fields): Promise<void> {
    const key = toKey(peer);
    if (this.#values.get(AREA, key) !== undefined) return;
    const kept: Kept = { reason: fields.text("reason") ?? "", expiresAtMs: fields.number("expiresAtMs") };
    await this.#values.set(AREA, key, JSON.stringify(kept));
  }

  async lift(peer: string): Promise<void> {
    const key = toKey(peer);
    const bans = await this.list();
    if (!bans.some((ban) => ban.key === key)) throw new ServiceError("not-found", `${key} is not banned`);
    await this.#values.set(AREA, key, undefined);
    this.#context.engine.send({ type: "command", command: { type: "unban", infoHash: undefined, key } });
  }
}

/** Throws "invalid". */
function toKey(peer: string): string {
  try {
    return peerKey(peer.trim());
  } catch (cause) {
    if (!(cause instanceof TorrentialError)) throw cause;
    throw new ServiceError("invalid", `peer: got ${JSON.stringify(peer)}, wanted an IP address, or one with a port`, {
      cause,
    });
  }
}

function read(text: string): Kept {
  try {
    const fields = Fields.parse(text);
    return { reason: fields.text("reason") ?? "", expiresAtMs: fields.number("expiresAtMs") };
  } catch {
    // Damaged, but somebody meant it.
    return { reason: "", expiresAtMs: undefined };
  }
}
