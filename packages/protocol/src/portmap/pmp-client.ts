/**
 * A gateway that speaks PCP (RFC 6887) or NAT-PMP (RFC 6886): the first is tried, the second takes over when the
 * gateway says that it is older, or says nothing. One question at a time, repeated until it is answered. Mappings are
 * renewed at half their life, and all over again when the gateway's clock shows that it restarted.
 *
 * The driver must pass on only what comes from the gateway's address.
 */
import { canonicalIp } from "@torrential/core";
import {
  decodePmpAnswer,
  describePmpResult,
  encodeAddressRequest,
  encodeNatPmpMap,
  encodePcpMap,
  type PmpAnswer,
} from "./pmp-packets.ts";
import { MAPPING_LIFETIME_SECONDS, type PortMapping, type PortWish, wishKey } from "./types.ts";

export interface PmpClientOptions {
  /** Our own address on the way to the gateway. For an IPv6 one only PCP is spoken: it opens the firewall. */
  readonly localAddress: string;
  /** What is tried first; "pcp" by default. */
  readonly first?: "pcp" | "nat-pmp";
}

export interface PmpClientDeps {
  /** Uniform in [0, 1), unpredictable for outsiders: nonces are drawn from it. */
  readonly random: () => number;
}

export type PmpOutput =
  /** To the gateway's port 5351. */
  | { readonly type: "send"; readonly bytes: Uint8Array }
  /** `mappings` is another one. */
  | { readonly type: "changed" };

interface Slot {
  readonly wish: PortWish;
  readonly nonce: Uint8Array;
  externalPort: number | undefined;
  externalAddress: string | undefined;
  problem: string | undefined;
  dueAt: number;
  expiresAt: number;
  /** To be deleted, then forgotten. */
  isUnwanted: boolean;
}

type Job = { readonly type: "address" } | { readonly type: "map"; readonly slot: Slot };

interface Current {
  readonly job: Job;
  attempts: number;
  dueAt: number;
}

/** RFC 6886, 3.1: 250 ms, doubled after each try, nine times in all. */
const RETRY_MS = 250;
const ATTEMPTS_MAX = 9;
/** Of a gateway that never answered anything: there may be another way to map ports. */
const ATTEMPTS_UNHEARD_MAX = 4;
/** A gateway that knows only NAT-PMP should say so, and some say nothing: then it is asked in that way. */
const PCP_ATTEMPTS_MAX = 3;
/** Goodbyes are not repeated for long. */
const DELETE_ATTEMPTS_MAX = 2;
const SILENT_RETRY_MS = 600_000;
const REFUSED_RETRY_MS = 300_000;
const LIFETIME_MIN_SECONDS = 120;
const SILENCE = "the gateway does not answer (PCP, NAT-PMP)";
const LIFETIME_MAX_SECONDS = 86_400; // RFC 6887, 15: longer ones are to be taken as this.

export class PmpClient {
  readonly #options: PmpClientOptions;
  readonly #random: () => number;
  readonly #outputs: PmpOutput[] = [];
  readonly #slots = new Map<string, Slot>();
  #method: "pcp" | "nat-pmp";
  /** NAT-PMP's answer to the address request. */
  #address: string | undefined;
  #current: Current | undefined;
  #epoch: { readonly value: number; readonly at: number } | undefined;
  #isSilent = false;
  #silentUntil = 0;

  constructor(options: PmpClientOptions, deps: PmpClientDeps) {
    this.#options = options;
    this.#method = options.first ?? "pcp";
    this.#random = deps.random;
  }

  /** Nobody answered the last question. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** Nothing to delete and nothing under way. */
  get isIdle(): boolean {
    return this.#slots.size === 0 && this.#current === undefined;
  }

  get mappings(): readonly PortMapping[] {
    const wanted = [...this.#slots.values()].filter((slot) => !slot.isUnwanted);
    return wanted.map(({ wish, externalPort, externalAddress, problem }) => ({
      protocol: wish.protocol,
      internalPort: wish.port,
      externalPort,
      externalAddress,
      method: externalPort === undefined ? undefined : this.#method,
      problem,
    }));
  }

  /** Maps these; what is mapped and not among them is deleted. */
  setWishes(wishes: readonly PortWish[], now: number): void {
    const keys = new Set(wishes.map(wishKey));
    for (const [key, slot] of this.#slots) if (!keys.has(key)) this.#release(key, slot, now);
    for (const wish of wishes) {
      const known = this.#slots.get(wishKey(wish));
      if (known?.isUnwanted === true) Object.assign(known, { isUnwanted: false, dueAt: now });
      if (known === undefined) this.#slots.set(wishKey(wish), this.#makeSlot(wish, now));
    }
    this.#proceed(now);
  }

  handleDatagram(bytes: Uint8Array, now: number): void {
    const answer = decodePmpAnswer(bytes);
    if (answer === undefined) return;
    if (answer.type === "unsupported-version") this.#handleUnsupported(now);
    else {
      this.#watchEpoch(answer, now);
      this.#handleAnswer(answer, now);
    }
    this.#proceed(now);
  }

  poll(): PmpOutput | undefined {
    return this.#outputs.shift();
  }

  nextTimeout(): number | undefined {
    if (this.#current !== undefined) return this.#current.dueAt;
    let next = Infinity;
    for (const slot of this.#slots.values())
      next = Math.min(next, slot.expiresAt, Math.max(slot.dueAt, this.#silentUntil));
    return next === Infinity ? undefined : next;
  }

  handleTimeout(now: number): void {
    if (this.#current !== undefined && this.#current.dueAt <= now) this.#repeat(this.#current, now);
    for (const slot of this.#slots.values()) if (slot.expiresAt <= now) this.#lose(slot, SILENCE);
    this.#proceed(now);
  }

  #makeSlot(wish: PortWish, now: number): Slot {
    const nonce = Uint8Array.from({ length: 12 }, () => Math.floor(this.#random() * 256));
    return {
      wish,
      nonce,
      externalPort: undefined,
      externalAddress: undefined,
      problem: undefined,
      dueAt: now,
      expiresAt: Infinity,
      isUnwanted: false,
    };
  }

  #release(key: string, slot: Slot, now: number): void {
    if (slot.isUnwanted) return;
    const isBusy = this.#current?.job.type === "map" && this.#current.job.slot === slot;
    if (slot.externalPort === undefined && !isBusy) {
      this.#slots.delete(key);
      return;
    }
    slot.isUnwanted = true;
    slot.dueAt = now;
    if (isBusy) this.#current = undefined;
  }

  get #canFallBack(): boolean {
    return this.#method === "pcp" && !this.#options.localAddress.includes(":");
  }

  // ---- asking

  #proceed(now: number): void {
    if (this.#current !== undefined || now < this.#silentUntil) return;
    const due = [...this.#slots.values()].filter((slot) => slot.dueAt <= now);
    const slot = due.find(({ isUnwanted }) => isUnwanted) ?? due[0];
    if (slot === undefined) return;
    const isAddressFirst = this.#method === "nat-pmp" && this.#address === undefined && !slot.isUnwanted;
    this.#current = { job: isAddressFirst ? { type: "address" } : { type: "map", slot }, attempts: 0, dueAt: now };
    this.#repeat(this.#current, now);
  }

  #repeat(current: Current, now: number): void {
    const { job } = current;
    const isUnheard = this.#epoch === undefined;
    const isDelete = job.type === "map" && job.slot.isUnwanted;
    const attemptsMax = isDelete ? DELETE_ATTEMPTS_MAX : isUnheard ? ATTEMPTS_UNHEARD_MAX : ATTEMPTS_MAX;
    if (current.attempts >= attemptsMax) return this.#giveUp(job, now);
    if (this.#canFallBack && current.attempts >= PCP_ATTEMPTS_MAX && isUnheard) {
      this.#method = "nat-pmp";
      this.#current = undefined;
      this.#proceed(now);
      return;
    }
    current.dueAt = now + RETRY_MS * 2 ** current.attempts++;
    this.#outputs.push({ type: "send", bytes: this.#encode(job) });
  }

  #encode(job: Job): Uint8Array {
    if (job.type === "address") return encodeAddressRequest();
    const { wish, nonce, isUnwanted, externalPort, externalAddress } = job.slot;
    const lifetimeSeconds = isUnwanted ? 0 : MAPPING_LIFETIME_SECONDS;
    const map = { protocol: wish.protocol, internalPort: wish.port, lifetimeSeconds };
    // RFC 6886, 3.4: a deletion has external port 0. Otherwise what we had is asked for again, or the same port outside.
    if (this.#method === "nat-pmp") {
      return encodeNatPmpMap({ ...map, externalPort: isUnwanted ? 0 : (externalPort ?? wish.port) });
    }
    const clientAddress = this.#options.localAddress;
    return encodePcpMap({ ...map, clientAddress, nonce, externalPort: externalPort ?? wish.port, externalAddress });
  }

  /** What was never mapped stays so for a while; what is mapped is asked for again until it expires. */
  #giveUp(job: Job, now: number): void {
    this.#current = undefined;
    if (job.type === "map" && job.slot.isUnwanted) {
      this.#slots.delete(wishKey(job.slot.wish));
      this.#proceed(now);
      return;
    }
    this.#isSilent = true;
    this.#silentUntil = now + SILENT_RETRY_MS;
    this.#method = this.#options.first ?? "pcp";
    this.#epoch = undefined;
    for (const slot of this.#slots.values()) if (slot.externalPort === undefined) slot.problem = SILENCE;
    this.#changed();
  }

  // ---- answers

  #handleUnsupported(now: number): void {
    if (this.#current === undefined || this.#method === "nat-pmp") return;
    if (!this.#canFallBack) return this.#giveUp(this.#current.job, now);
    this.#method = "nat-pmp";
    this.#current = undefined;
    this.#proceed(now);
  }

  #handleAnswer(answer: Exclude<PmpAnswer, { type: "unsupported-version" }>, now: number): void {
    if (answer.type === "nat-pmp-address") return this.#handleAddress(answer, now);
    if (answer.type === "pcp-announce") return;
    const job = this.#current?.job;
    if (job?.type !== "map") return;
    const { slot } = job;
    const isMine = answer.protocol === slot.wish.protocol && answer.internalPort === slot.wish.port;
    if (!isMine || (answer.type === "pcp-map") !== (this.#method === "pcp")) return;
    if (answer.type === "pcp-map" && !answer.nonce.every((byte, i) => byte === slot.nonce[i])) return;
    this.#current = undefined;
    this.#isSilent = false;
    if (slot.isUnwanted) this.#slots.delete(wishKey(slot.wish));
    else if (answer.result === 0 && answer.externalPort > 0) this.#take(slot, answer, now);
    else this.#refuse(slot, answer, now);
  }

  #handleAddress(answer: Extract<PmpAnswer, { type: "nat-pmp-address" }>, now: number): void {
    if (answer.result === 0 && answer.address !== this.#address) {
      this.#address = canonicalIp(answer.address);
      for (const slot of this.#slots.values()) {
        if (slot.externalPort !== undefined) slot.externalAddress = this.#address;
      }
      this.#changed();
    }
    if (this.#current?.job.type !== "address") return;
    this.#current = undefined;
    this.#isSilent = false;
    if (answer.result === 0) return;
    for (const slot of this.#slots.values()) this.#refuse(slot, answer, now);
  }

  #take(slot: Slot, answer: Extract<PmpAnswer, { type: "nat-pmp-map" | "pcp-map" }>, now: number): void {
    const lifetime = Math.min(LIFETIME_MAX_SECONDS, Math.max(LIFETIME_MIN_SECONDS, answer.lifetimeSeconds));
    slot.externalPort = answer.externalPort;
    slot.externalAddress = answer.type === "pcp-map" ? answer.address : this.#address;
    slot.problem = undefined;
    slot.dueAt = now + (lifetime * 1_000) / 2;
    slot.expiresAt = now + lifetime * 1_000;
    this.#changed();
  }

  #refuse(slot: Slot, { result }: { readonly result: number }, now: number): void {
    slot.dueAt = now + REFUSED_RETRY_MS;
    this.#lose(slot, describePmpResult(this.#method, result));
  }

  #lose(slot: Slot, problem: string): void {
    slot.problem = problem;
    slot.externalPort = undefined;
    slot.externalAddress = undefined;
    slot.expiresAt = Infinity;
    this.#changed();
  }

  /** RFC 6886, 3.6 and RFC 6887, 8.5: seconds since the gateway lost its memory must go on as our own clock does. */
  #watchEpoch({ epoch }: { readonly epoch: number }, now: number): void {
    const before = this.#epoch;
    this.#epoch = { value: epoch, at: now };
    if (before === undefined) return;
    const elapsed = (now - before.at) / 1_000;
    const gained = epoch - before.value;
    const isBehind = gained < (elapsed * 7) / 8 - 2;
    const isAhead = elapsed + 2 < gained - gained / 16;
    if (gained >= -1 && !isBehind && !isAhead) return;
    this.#address = undefined;
    for (const slot of this.#slots.values()) slot.dueAt = Math.min(slot.dueAt, now);
  }

  #changed(): void {
    this.#outputs.push({ type: "changed" });
  }
}
