/**
 * Names to addresses through c-ares, never through the shared pool, where four hung file calls would stop it (PROMISES,
 * faults 5 and F12). `localhost` and the hosts file are ours to answer, as c-ares does not.
 */
import { readFileSync } from "node:fs";
import { Resolver } from "node:dns/promises";
import { TorrentialError, canonicalIp } from "@torrential/core";

const IN_FLIGHT_MAX = 100; // PROMISES F12.
const TIMEOUT_MS = 10_000;
const TTL_MAX_MS = 3_600_000; // A record of weeks should not outlive a move of the tracker by more than an hour.
const FAILURE_TTL_MS = 10_000;
const CACHE_ENTRIES_MAX = 1_000;
const HOSTS_FILE =
  process.platform === "win32"
    ? `${process.env["SystemRoot"] ?? "C:\\Windows"}\\System32\\drivers\\etc\\hosts`
    : "/etc/hosts";

/** One address of a name; `ttl` in seconds, as DNS counts. */
export interface DnsRecord {
  readonly address: string;
  readonly ttl: number;
}

/** The questions asked of DNS: one family each. Reject when there is no answer of that family. */
export interface DnsSource {
  resolve4(name: string): Promise<readonly DnsRecord[]>;
  resolve6(name: string): Promise<readonly DnsRecord[]>;
}

export interface DnsResolverOptions {
  /** The address that queries leave by. */
  readonly bindAddress?: string | undefined;
  readonly source?: DnsSource;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** The text of the hosts file. */
  readonly readHosts?: () => string;
  readonly timeoutMs?: number;
}

interface Cached {
  readonly addresses: readonly string[];
  readonly expiresAt: number;
}

export class DnsResolver {
  readonly #source: DnsSource;
  readonly #now: () => number;
  readonly #readHosts: () => string;
  readonly #timeoutMs: number;
  readonly #cache = new Map<string, Cached>();
  readonly #asking = new Map<string, Promise<readonly string[]>>();
  readonly #queue: (() => void)[] = [];
  #inFlight = 0;

  constructor(options: DnsResolverOptions = {}) {
    this.#source = options.source ?? systemSource(options.bindAddress);
    this.#now = options.now ?? (() => performance.now());
    this.#readHosts = options.readHosts ?? readHostsFile;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  }

  /**
   * Canonical addresses of a name or IP literal (brackets allowed), IPv4 first; at least one. Names asked for at once
   * share a query. Throws a TorrentialError "dns-failed".
   */
  async resolve(host: string): Promise<readonly string[]> {
    const name = host
      .replace(/^\[(.*)\]$/, "$1")
      .replace(/\.$/, "")
      .toLowerCase();
    const literal = canonicalIp(name);
    if (literal !== undefined) return [literal];
    if (name === "localhost" || name.endsWith(".localhost")) return ["127.0.0.1", "::1"]; // RFC 6761, 6.3.
    const cached = this.#cache.get(name);
    if (cached !== undefined && cached.expiresAt > this.#now()) return granted(name, cached.addresses);
    let asking = this.#asking.get(name);
    if (asking === undefined) {
      asking = this.#ask(name).finally(() => this.#asking.delete(name));
      this.#asking.set(name, asking);
    }
    return granted(name, await asking);
  }

  async #ask(name: string): Promise<readonly string[]> {
    const hosts = parseHosts(this.#readHosts(), name);
    if (hosts.length > 0) return hosts;
    const records = await this.#query(name);
    const ttlMs =
      records.length === 0
        ? FAILURE_TTL_MS
        : Math.min(TTL_MAX_MS, 1000 * Math.min(...records.map((record) => record.ttl)));
    const addresses = records.map((record) => canonicalIp(record.address)).filter((address) => address !== undefined);
    this.#remember(name, { addresses, expiresAt: this.#now() + ttlMs });
    return addresses;
  }

  /** Both families at once, as two queries; none is an empty list. */
  async #query(name: string): Promise<readonly DnsRecord[]> {
    const answers = await Promise.all([
      this.#limited(() => this.#source.resolve4(name)),
      this.#limited(() => this.#source.resolve6(name)),
    ]);
    return answers.flat();
  }

  /** Runs a query when there is room for it; its failure or timeout is an empty answer. */
  async #limited(query: () => Promise<readonly DnsRecord[]>): Promise<readonly DnsRecord[]> {
    if (this.#inFlight >= IN_FLIGHT_MAX) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#inFlight++;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<readonly DnsRecord[]>((resolve) => {
      timer = setTimeout(() => resolve([]), this.#timeoutMs);
    });
    try {
      return await Promise.race([query().catch(() => []), late]);
    } finally {
      clearTimeout(timer);
      this.#inFlight--;
      this.#queue.shift()?.();
    }
  }

  #remember(name: string, cached: Cached): void {
    this.#cache.delete(name);
    const [oldest] = this.#cache.keys();
    if (this.#cache.size >= CACHE_ENTRIES_MAX && oldest !== undefined) this.#cache.delete(oldest);
    this.#cache.set(name, cached);
  }
}

function granted(name: string, addresses: readonly string[]): readonly string[] {
  if (addresses.length > 0) return addresses;
  throw new TorrentialError("dns-failed", `The name ${JSON.stringify(name)} has no address, or DNS does not answer.`);
}

function systemSource(bindAddress: string | undefined): DnsSource {
  const resolver = new Resolver({ timeout: 3_000, tries: 2 });
  if (bindAddress !== undefined) {
    if (bindAddress.includes(":")) resolver.setLocalAddress("0.0.0.0", bindAddress);
    else resolver.setLocalAddress(bindAddress);
  }
  return {
    resolve4: (name) => resolver.resolve4(name, { ttl: true }),
    resolve6: (name) => resolver.resolve6(name, { ttl: true }),
  };
}

function readHostsFile(): string {
  try {
    return readFileSync(HOSTS_FILE, "utf8");
  } catch {
    return ""; // A system without the file has no names in it.
  }
}

/** The addresses that the text of a hosts file gives a name. */
function parseHosts(text: string, name: string): readonly string[] {
  const found: string[] = [];
  for (const line of text.split("\n")) {
    const [address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    const canonical = canonicalIp(address ?? "");
    if (canonical !== undefined && names.some((each) => each.toLowerCase() === name)) found.push(canonical);
  }
  return found;
}
