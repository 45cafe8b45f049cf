/**
 * A gateway that speaks UPnP (Internet Gateway Device 1 or 2): found by SSDP, described by a document, commanded by
 * SOAP. One question at a time. Only devices of our own network are listened to, and only at the address that answered
 * the search (PROMISES C7).
 */
import { canonicalIp } from "@torrential/core";
import {
  addPortMapping,
  decodeSoap,
  deletePortMapping,
  encodeSoap,
  GET_EXTERNAL_ADDRESS,
  IGD_ERROR,
  type IgdService,
  isOwnUrl,
  parseIgdDescription,
  type SoapAction,
  type SoapAnswer,
} from "./igd.ts";
import { decodeSsdpAnswer, decodeSsdpNotice, encodeSearches, SSDP_MX_SECONDS } from "./ssdp.ts";
import { type PortMapping, type PortWish, wishKey } from "./types.ts";
import { XmlError } from "./xml.ts";

export interface UpnpClientOptions {
  /** Our own address in the gateway's network: where it is to send. */
  readonly localAddress: string;
  /** The default gateway: asked first among several devices. */
  readonly gateway: string;
}

export interface UpnpClientDeps {
  readonly random: () => number;
}

export type UpnpOutput =
  /** To SSDP_ADDRESS, port SSDP_PORT. */
  | { readonly type: "search"; readonly bytes: Uint8Array }
  /** Answered once by `handleHttp`. No redirect may be followed. */
  | {
      readonly type: "http";
      readonly request: number;
      readonly url: string;
      /** POST when there is a body, else GET. */
      readonly body: string | undefined;
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly type: "changed" };

export type GatewayHttpResult =
  | { readonly ok: true; readonly status: number; readonly body: Uint8Array }
  | { readonly ok: false; readonly message: string };

interface Device {
  readonly host: string;
  readonly location: string;
}

interface Search {
  readonly startedAt: number;
  asked: number;
  /** When one of those that answered is chosen. */
  chooseAt: number;
}

interface Slot {
  readonly wish: PortWish;
  /** Asked for. */
  externalPort: number;
  /** Given. */
  mappedPort: number | undefined;
  problem: string | undefined;
  leaseSeconds: number;
  tries: number;
  dueAt: number;
  isUnwanted: boolean;
}

type Job =
  | { readonly type: "describe"; readonly device: Device }
  | { readonly type: "address"; readonly action: SoapAction }
  | { readonly type: "add" | "delete"; readonly action: SoapAction; readonly slot: Slot };

/** An hour; IGD 2 allows a week, and some gateways nothing but 0. */
const LEASE_SECONDS = 3_600;
const RENEW_MS = 1_200_000;
const REFUSED_RETRY_MS = 600_000;
const ABSENT_RETRY_MS = 600_000;
/** SSDP is lossy: it is asked three times. */
const SEARCHES_MS = [0, 1_000, 3_000];
const SEARCH_ENDS_MS = 3_000 + 1_000 * SSDP_MX_SECONDS + 500;
/** Time for the default gateway to answer when another device was faster. */
const GATHER_MS = 500;
const DEVICES_MAX = 8;
const RESTARTS_APART_MS = 30_000;
const TRIES_MAX = 6;
const ADDRESS_LIFETIME_MS = RENEW_MS;
const SILENCE = "no gateway answers (UPnP)";

export class UpnpClient {
  readonly #options: UpnpClientOptions;
  readonly #random: () => number;
  readonly #outputs: UpnpOutput[] = [];
  readonly #slots = new Map<string, Slot>();
  #search: Search | undefined;
  #devices: Device[] = [];
  #service: IgdService | undefined;
  #hasAny = true;
  #address: string | undefined;
  #addressDueAt = 0;
  #current: { readonly request: number; readonly job: Job } | undefined;
  #nextRequest = 1;
  #absentUntil = 0;
  /** Of the gateway, as it said last. */
  #bootId: number | undefined;
  #hasLeft = false;
  #restartAt = Number.NEGATIVE_INFINITY;
  #problem: string | undefined;

  constructor(options: UpnpClientOptions, deps: UpnpClientDeps) {
    this.#options = options;
    this.#random = deps.random;
  }

  /** Nobody answered the last search. */
  get isSilent(): boolean {
    return this.#problem === SILENCE;
  }

  get isIdle(): boolean {
    return this.#slots.size === 0 && this.#current === undefined;
  }

  get mappings(): readonly PortMapping[] {
    const wanted = [...this.#slots.values()].filter((slot) => !slot.isUnwanted);
    // While something is under way, what went wrong before is not the last word.
    const general = this.#search === undefined && this.#current === undefined ? this.#problem : undefined;
    return wanted.map(({ wish, mappedPort, problem }) => ({
      protocol: wish.protocol,
      internalPort: wish.port,
      externalPort: mappedPort,
      externalAddress: mappedPort === undefined ? undefined : this.#address,
      method: mappedPort === undefined ? undefined : "upnp",
      problem: mappedPort === undefined ? (problem ?? general) : undefined,
    }));
  }

  /** Maps these; what is mapped and not among them is deleted. */
  setWishes(wishes: readonly PortWish[], now: number): void {
    const keys = new Set(wishes.map(wishKey));
    for (const [key, slot] of this.#slots) {
      if (keys.has(key)) continue;
      Object.assign(slot, { isUnwanted: true, dueAt: now });
      if (slot.mappedPort === undefined && !this.#isBusyWith(slot)) this.#slots.delete(key);
    }
    for (const wish of wishes) {
      const known = this.#slots.get(wishKey(wish));
      if (known === undefined) this.#slots.set(wishKey(wish), makeSlot(wish, now));
      else if (known.isUnwanted) Object.assign(known, { isUnwanted: false, dueAt: now });
    }
    this.#proceed(now);
  }

  /** Takes a datagram that came to the socket of the search. */
  handleSsdp(bytes: Uint8Array, from: string, now: number): void {
    const search = this.#search;
    const answer = search === undefined ? undefined : decodeSsdpAnswer(bytes);
    if (search === undefined || answer === undefined || !isOwnUrl(answer.location, from)) return;
    const isKnown = this.#devices.some(({ location }) => location === answer.location);
    if (isKnown || this.#devices.length >= DEVICES_MAX) return;
    this.#devices.push({ host: from, location: answer.location });
    this.#bootId = answer.bootId ?? this.#bootId;
    const isGateway = canonicalIp(from) === canonicalIp(this.#options.gateway);
    search.chooseAt = Math.min(search.chooseAt, isGateway ? now : now + GATHER_MS);
    this.#proceed(now);
  }

  /** Takes what came to everybody. A gateway that has restarted may have forgotten all: it is asked for it again. */
  handleNotice(bytes: Uint8Array, from: string, now: number): void {
    const notice = this.#service !== undefined && isOwnUrl(this.#service.controlUrl, from) && decodeSsdpNotice(bytes);
    if (notice === false || notice === undefined) return;
    if (notice.isLeaving) {
      this.#hasLeft = true;
      return;
    }
    const isOther = notice.bootId !== undefined && this.#bootId !== undefined && notice.bootId !== this.#bootId;
    this.#bootId = notice.bootId ?? this.#bootId;
    const isRestart = isOther || this.#hasLeft;
    // Anybody in the network can say so: once in a while it is believed.
    if (!isRestart || this.#current !== undefined || now - this.#restartAt < RESTARTS_APART_MS) return;
    this.#restartAt = now;
    this.#hasLeft = false;
    this.#service = undefined;
    this.#addressDueAt = now;
    for (const slot of this.#slots.values()) slot.dueAt = now;
    this.#proceed(now);
  }

  handleHttp(request: number, result: GatewayHttpResult, now: number): void {
    const job = this.#current?.job;
    if (job === undefined || this.#current?.request !== request) return;
    this.#current = undefined;
    if (job.type === "describe") this.#handleDescription(job.device, result, now);
    else if (result.ok) this.#handleSoap(job, decodeSoap(result.body, job.action), now);
    else this.#handleUnreachable(job, result.message, now);
    this.#proceed(now);
  }

  poll(): UpnpOutput | undefined {
    return this.#outputs.shift();
  }

  nextTimeout(): number | undefined {
    if (this.#current !== undefined) return undefined;
    const search = this.#search;
    if (search !== undefined) {
      const again = SEARCHES_MS[search.asked];
      return again === undefined ? search.chooseAt : Math.min(search.chooseAt, search.startedAt + again);
    }
    const next = Math.min(...[...this.#slots.values()].map((slot) => slot.dueAt));
    return next === Infinity ? undefined : Math.max(next, this.#absentUntil);
  }

  handleTimeout(now: number): void {
    this.#proceed(now);
  }

  #isBusyWith(slot: Slot): boolean {
    const job = this.#current?.job;
    return job !== undefined && "slot" in job && job.slot === slot;
  }

  // ---- what is next

  #proceed(now: number): void {
    if (this.#current !== undefined) return;
    if (this.#search !== undefined) return this.#goOnSearching(this.#search, now);
    const due = [...this.#slots.values()].filter((slot) => slot.dueAt <= now);
    const slot = due.find(({ isUnwanted }) => isUnwanted) ?? due[0];
    if (slot === undefined) return;
    if (this.#service === undefined) this.#startSearch(now);
    else if (slot.isUnwanted) this.#delete(slot);
    else if (this.#addressDueAt <= now) this.#command({ type: "address", action: GET_EXTERNAL_ADDRESS });
    else this.#add(slot);
  }

  #startSearch(now: number): void {
    // Nothing is left to delete at a gateway that is gone.
    for (const [key, slot] of this.#slots) if (slot.isUnwanted) this.#slots.delete(key);
    if (this.#slots.size === 0 || now < this.#absentUntil) return;
    this.#devices = [];
    this.#search = { startedAt: now, asked: 0, chooseAt: now + SEARCH_ENDS_MS };
    this.#goOnSearching(this.#search, now);
  }

  #goOnSearching(search: Search, now: number): void {
    const again = SEARCHES_MS[search.asked];
    if (now >= search.chooseAt) {
      this.#search = undefined;
      const gateway = canonicalIp(this.#options.gateway);
      this.#devices.sort((a, b) => Number(canonicalIp(b.host) === gateway) - Number(canonicalIp(a.host) === gateway));
      this.#tryNextDevice(SILENCE, now);
    } else if (again !== undefined && now >= search.startedAt + again) {
      search.asked++;
      for (const bytes of encodeSearches()) this.#outputs.push({ type: "search", bytes });
    }
  }

  #tryNextDevice(problem: string, now: number): void {
    const device = this.#devices.shift();
    if (device !== undefined) {
      this.#send({ type: "describe", device }, device.location, undefined, {});
      return;
    }
    this.#problem = problem;
    this.#absentUntil = now + ABSENT_RETRY_MS;
    this.#outputs.push({ type: "changed" });
  }

  // ---- asking

  #add(slot: Slot): void {
    const { wish, externalPort, leaseSeconds } = slot;
    const { localAddress } = this.#options;
    const mapping = { protocol: wish.protocol, internalPort: wish.port, externalPort, localAddress, leaseSeconds };
    const any = this.#hasAny && (this.#service?.version ?? 1) >= 2;
    this.#command({ type: "add", action: addPortMapping(mapping, { any }), slot });
  }

  #delete(slot: Slot): void {
    const action = deletePortMapping(slot.wish.protocol, slot.mappedPort ?? slot.externalPort);
    this.#command({ type: "delete", action, slot });
  }

  #command(job: Exclude<Job, { type: "describe" }>): void {
    if (this.#service === undefined) return;
    const { headers, body } = encodeSoap(this.#service, job.action);
    this.#send(job, this.#service.controlUrl, body, headers);
  }

  #send(job: Job, url: string, body: string | undefined, headers: Readonly<Record<string, string>>): void {
    const request = this.#nextRequest++;
    this.#current = { request, job };
    this.#outputs.push({ type: "http", request, url, body, headers });
  }

  // ---- answers

  #handleDescription(device: Device, result: GatewayHttpResult, now: number): void {
    const service = result.ok && result.status === 200 ? findService(result.body, device) : undefined;
    if (service === undefined) return this.#tryNextDevice("the gateway's description cannot be used (UPnP)", now);
    this.#service = service;
    this.#hasAny = true;
    this.#problem = undefined;
    this.#addressDueAt = 0;
  }

  #handleSoap(job: Exclude<Job, { type: "describe" }>, answer: SoapAnswer, now: number): void {
    if (job.type === "address") {
      this.#addressDueAt = now + ADDRESS_LIFETIME_MS;
      const text = answer.type === "done" ? answer.values.get("NewExternalIPAddress") : undefined;
      this.#address = canonicalIp(text ?? "");
      this.#outputs.push({ type: "changed" });
    } else if (job.type === "delete") {
      this.#slots.delete(wishKey(job.slot.wish));
    } else if (answer.type === "done") {
      this.#take(job.slot, answer.values, now);
    } else {
      this.#handleRefusal(job.slot, answer, now);
    }
  }

  #take(slot: Slot, values: ReadonlyMap<string, string>, now: number): void {
    const reserved = Number(values.get("NewReservedPort") ?? slot.externalPort);
    slot.mappedPort = reserved > 0 && reserved <= 65_535 ? reserved : slot.externalPort;
    slot.externalPort = slot.mappedPort;
    slot.problem = undefined;
    slot.tries = 0;
    slot.dueAt = slot.isUnwanted ? now : now + RENEW_MS;
    this.#outputs.push({ type: "changed" });
  }

  #handleRefusal(
    slot: Slot,
    { code, description }: { readonly code: number; readonly description: string },
    now: number,
  ): void {
    slot.tries++;
    slot.dueAt = now;
    if (slot.tries < TRIES_MAX && this.#adapt(slot, code)) return;
    slot.tries = 0;
    slot.mappedPort = undefined;
    slot.externalPort = slot.wish.port;
    slot.dueAt = now + REFUSED_RETRY_MS;
    slot.problem =
      code === 0
        ? "the gateway's answer cannot be read (UPnP)"
        : `the gateway refuses (UPnP error ${code} ${description})`;
    this.#outputs.push({ type: "changed" });
  }

  /** Asks in another way; false when there is none. */
  #adapt(slot: Slot, code: number): boolean {
    switch (code) {
      case IGD_ERROR.invalidAction:
        if (!this.#hasAny) return false;
        this.#hasAny = false;
        return true;
      case IGD_ERROR.invalidArguments:
      case IGD_ERROR.onlyPermanent:
        if (slot.leaseSeconds === 0) return false;
        slot.leaseSeconds = 0;
        return true;
      case IGD_ERROR.conflict:
      case IGD_ERROR.otherMechanism:
        slot.externalPort = 1_024 + Math.floor(this.#random() * (65_536 - 1_024));
        return true;
      case IGD_ERROR.samePortRequired:
        if (slot.externalPort === slot.wish.port) return false;
        slot.externalPort = slot.wish.port;
        return true;
      default:
        return false;
    }
  }

  /** It may have restarted at another port: it is looked for again. */
  #handleUnreachable(job: Exclude<Job, { type: "describe" }>, message: string, now: number): void {
    this.#service = undefined;
    this.#problem = `the gateway does not answer (UPnP): ${message}`;
    for (const slot of this.#slots.values()) Object.assign(slot, { mappedPort: undefined, dueAt: now });
    if (job.type === "delete") this.#slots.delete(wishKey(job.slot.wish));
    this.#outputs.push({ type: "changed" });
  }
}

function makeSlot(wish: PortWish, now: number): Slot {
  return {
    wish,
    externalPort: wish.port,
    mappedPort: undefined,
    problem: undefined,
    leaseSeconds: LEASE_SECONDS,
    tries: 0,
    dueAt: now,
    isUnwanted: false,
  };
}

function findService(body: Uint8Array, { host, location }: Device): IgdService | undefined {
  try {
    return parseIgdDescription(body, location).find(({ controlUrl }) => isOwnUrl(controlUrl, host));
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
}
