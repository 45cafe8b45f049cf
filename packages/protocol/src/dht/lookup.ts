/**
 * One walk towards a target (BEP 5): asks the nearest nodes known, three at a time, until the eight nearest that answer
 * are known.
 *
 * Who would keep us from the target must not be all that we see (PROMISES C15). So of a /24 (v6: /64) one node counts, of
 * a /16 (v6: /48) two, and of the eight at most four may have an id that does not fit its address (BEP 42); nodes named
 * by others are bounded in all and for each /16. What is near but does not count is passed over, not asked.
 */
import { endpointKey } from "@torrential/core";
import type { Contact } from "./contact.ts";
import { compareDistance, isIdOfAddress, type Networks, networksOf } from "./node-id.ts";

/** BEP 5's K. */
export const CLOSEST_COUNT = 8;
/** Questions without an answer at one time; Kademlia's alpha. */
const PARALLEL = 3;
const UNPROVEN_MAX = CLOSEST_COUNT / 2;
const WIDE_MAX = 2;
/** Silent or wrong nodes of a /16 after which the rest of it is passed over. */
const WIDE_FAILURES_MAX = 8;
const WIDE_KEPT_MAX = 16;
const KEPT_MAX = 128;
/** When so many have answered, it is no use to look for more ids that fit: in this network there are few. */
const ANSWERED_ENOUGH = 20;
/** A walk through a million nodes takes some forty. */
const ASKED_MAX = 160;

export type CandidateStatus = "new" | "asked" | "late" | "answered" | "failed";

export interface Candidate extends Contact {
  readonly key: string;
  readonly networks: Networks;
  readonly isProven: boolean;
  /** Answers between us and the first mention of it. */
  readonly hops: number;
  status: CandidateStatus;
  /** What it gave us to write to it with. */
  token: Uint8Array | undefined;
}

export class Lookup {
  readonly target: Uint8Array;
  /** Nearest first. */
  readonly #candidates: Candidate[] = [];
  readonly #keys = new Set<string>();
  #askedCount = 0;
  #answeredCount = 0;
  #failedCount = 0;

  constructor(target: Uint8Array) {
    this.target = target;
  }

  get askedCount(): number {
    return this.#askedCount;
  }

  get answeredCount(): number {
    return this.#answeredCount;
  }

  get failedCount(): number {
    return this.#failedCount;
  }

  /** A node that somebody named, or that is in our table (`hops` 0). */
  add(contact: Contact, hops: number): void {
    const key = endpointKey(contact.endpoint);
    if (this.#keys.has(key)) return;
    const networks = networksOf(contact.endpoint);
    if (!this.#makeRoom(contact, networks)) return;
    this.#keys.add(key);
    const isProven = isIdOfAddress(contact.id, contact.endpoint.address);
    const { id, endpoint } = contact;
    const candidate: Candidate = { id, endpoint, key, networks, isProven, hops, status: "new", token: undefined };
    this.#candidates.splice(this.#placeOf(id), 0, candidate);
  }

  /** Whom to ask now; it counts as asked. */
  next(): Candidate | undefined {
    if (this.#askedCount >= ASKED_MAX) return undefined;
    const candidate = this.#findNext();
    if (candidate === undefined) return undefined;
    candidate.status = "asked";
    this.#askedCount += 1;
    return candidate;
  }

  /** It was not asked after all. */
  putBack(candidate: Candidate): void {
    candidate.status = "new";
    this.#askedCount -= 1;
  }

  handleAnswer(candidate: Candidate): void {
    candidate.status = "answered";
    this.#answeredCount += 1;
  }

  /** It takes its time: another may be asked meanwhile. */
  handleLate(candidate: Candidate): void {
    if (candidate.status === "asked") candidate.status = "late";
  }

  handleFailure(candidate: Candidate): void {
    candidate.status = "failed";
    this.#failedCount += 1;
  }

  /** Nobody is left to ask, and nobody to wait for that would matter. */
  get isDone(): boolean {
    if (this.#askedCount < ASKED_MAX && this.#findNext(Infinity) !== undefined) return false;
    const hasEnough = this.closest().length >= CLOSEST_COUNT;
    return !this.#candidates.some(({ status }) => status === "asked" || (status === "late" && !hasEnough));
  }

  /** The nearest that answered, at most eight, of different networks. */
  closest(): Candidate[] {
    const counter = new DiversityCounter();
    const found: Candidate[] = [];
    const others: Candidate[] = [];
    for (const candidate of this.#candidates) {
      if (found.length === CLOSEST_COUNT) return found;
      if (candidate.status !== "answered" || !counter.admits(candidate)) continue;
      if (counter.counts(candidate)) found.push(candidate);
      else others.push(candidate);
    }
    // Where few ids fit their addresses, the others are all there is.
    return [...found, ...others.slice(0, CLOSEST_COUNT - found.length)];
  }

  #findNext(parallel: number = PARALLEL): Candidate | undefined {
    const counter = new DiversityCounter();
    const failures = this.#failuresByNetwork();
    let onTheirWay = 0;
    for (const candidate of this.#candidates) if (candidate.status === "asked") onTheirWay += 1;
    if (onTheirWay >= parallel) return undefined;
    let counted = 0;
    let answered = 0;
    for (const candidate of this.#candidates) {
      if (candidate.status === "failed") continue;
      if (candidate.status === "new" && (failures.get(candidate.networks.wide) ?? 0) >= WIDE_FAILURES_MAX) continue;
      if (!counter.admits(candidate)) continue;
      if (candidate.status === "new") return candidate;
      if (candidate.status !== "answered") continue;
      answered += 1;
      if (counter.counts(candidate)) counted += 1;
      if (counted >= CLOSEST_COUNT || answered >= ANSWERED_ENOUGH) return undefined;
    }
    return undefined;
  }

  #failuresByNetwork(): ReadonlyMap<string, number> {
    const failures = new Map<string, number>();
    if (this.#failedCount < WIDE_FAILURES_MAX) return failures;
    for (const { status, networks } of this.#candidates)
      if (status === "failed") failures.set(networks.wide, (failures.get(networks.wide) ?? 0) + 1);
    return failures;
  }

  /** Drops the farthest that was not asked yet, of its own network first. False when the new one is the farthest. */
  #makeRoom(contact: Contact, networks: Networks): boolean {
    const neighbours = this.#candidates.filter((each) => each.networks.wide === networks.wide);
    if (neighbours.length >= WIDE_KEPT_MAX) return this.#replaceFarthest(neighbours, contact);
    return this.#candidates.length < KEPT_MAX || this.#replaceFarthest(this.#candidates, contact);
  }

  #replaceFarthest(among: readonly Candidate[], contact: Contact): boolean {
    const farthest = among.findLast((each) => each.status === "new");
    if (farthest === undefined || compareDistance(this.target, contact.id, farthest.id) >= 0) return false;
    this.#candidates.splice(this.#candidates.indexOf(farthest), 1);
    this.#keys.delete(farthest.key);
    return true;
  }

  #placeOf(id: Uint8Array): number {
    let low = 0;
    let high = this.#candidates.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const candidate = this.#candidates[middle];
      if (candidate !== undefined && compareDistance(this.target, candidate.id, id) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What networks were met on the way from the target outwards. */
class DiversityCounter {
  readonly #near = new Set<string>();
  readonly #wide = new Map<string, number>();
  #unproven = 0;

  /** Whether the networks of a candidate have a place left; takes it. */
  admits({ networks }: Candidate): boolean {
    const wide = this.#wide.get(networks.wide) ?? 0;
    if (this.#near.has(networks.near) || wide >= WIDE_MAX) return false;
    this.#near.add(networks.near);
    this.#wide.set(networks.wide, wide + 1);
    return true;
  }

  /** Whether one that answered is one of the eight. */
  counts({ isProven }: Candidate): boolean {
    if (isProven) return true;
    this.#unproven += 1;
    return this.#unproven <= UNPROVEN_MAX;
  }
}
