/**
 * Items that others put here (BEP 44). Bounded: 700 items as in libtorrent, 1000 bytes each, 50 of one source, two hours.
 */
import { equalBytes, type Endpoint } from "@torrential/core";
import { isCanonical, isSigned, type DhtItem, type MutableItem, targetOfItem } from "./item.ts";
import { KRPC_ERROR } from "./messages.ts";
import { idKey } from "./node-id.ts";
import { sourceOf } from "./rate.ts";

const ITEMS_MAX = 700;
const ITEMS_PER_SOURCE_MAX = 50;
/** BEP 44: "these items MAY expire in 2 hours". */
const LIFETIME_MS = 7_200_000;

interface Stored {
  readonly item: DhtItem;
  readonly source: string;
  readonly expiresAt: number;
}

/** Kept, or the error code and text that the writer gets. */
export type PutResult = { readonly ok: true } | { readonly ok: false; readonly code: number; readonly message: string };

export class ItemStore {
  /** By target, the least recently put first. */
  readonly #items = new Map<string, Stored>();

  get count(): number {
    return this.#items.size;
  }

  get(target: Uint8Array, now: number): DhtItem | undefined {
    const stored = this.#items.get(idKey(target));
    return stored === undefined || stored.expiresAt <= now ? undefined : stored.item;
  }

  /** Takes an item from `endpoint`, whose token was good. `cas`: the number that it means to replace. */
  put(
    item: DhtItem,
    options: { readonly endpoint: Endpoint; readonly cas: number | undefined },
    now: number,
  ): PutResult {
    const target = targetOfItem(item);
    const known = this.get(target, now);
    const refusal = item.type === "mutable" ? refuseMutable(item, known, options.cas) : refuseValue(item.value);
    if (refusal !== undefined) return { ok: false, ...refusal };
    const source = sourceOf(options.endpoint);
    if (known === undefined && this.#countOf(source) >= ITEMS_PER_SOURCE_MAX)
      return { ok: false, code: KRPC_ERROR.server, message: "too many items" };
    this.#items.delete(idKey(target));
    this.#items.set(idKey(target), { item, source, expiresAt: now + LIFETIME_MS });
    const [eldest] = this.#items.keys();
    if (this.#items.size > ITEMS_MAX && eldest !== undefined) this.#items.delete(eldest);
    return { ok: true };
  }

  expire(now: number): void {
    for (const [key, { expiresAt }] of this.#items) if (expiresAt <= now) this.#items.delete(key);
  }

  #countOf(source: string): number {
    let count = 0;
    for (const stored of this.#items.values()) if (stored.source === source) count += 1;
    return count;
  }
}

interface Refusal {
  readonly code: number;
  readonly message: string;
}

// BEP 44: "If the value contains invalid bencoding, the storing node MUST reject the request" with code 203.
function refuseValue(value: Uint8Array): Refusal | undefined {
  return isCanonical(value) ? undefined : { code: KRPC_ERROR.protocol, message: "invalid bencoding of v" };
}

function refuseMutable(item: MutableItem, known: DhtItem | undefined, cas: number | undefined): Refusal | undefined {
  const refusal = refuseValue(item.value);
  if (refusal !== undefined) return refusal;
  // The signature last: it is what costs.
  if (known?.type === "mutable") {
    if (cas !== undefined && cas !== known.seq) return { code: KRPC_ERROR.casMismatch, message: "cas mismatch" };
    const isSame = item.seq === known.seq && equalBytes(item.value, known.value);
    if (item.seq < known.seq || (item.seq === known.seq && !isSame))
      return { code: KRPC_ERROR.seqTooLow, message: "sequence number less than current" };
  }
  return isSigned(item) ? undefined : { code: KRPC_ERROR.badSignature, message: "invalid signature" };
}
