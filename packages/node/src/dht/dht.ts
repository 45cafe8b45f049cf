/** The DHT for those who use the library: `client.dht`, or a node of its own from `createDht`. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type BInput,
  decodeBencode,
  ed25519PublicKey,
  type BValue,
  encodeBencode,
  type Endpoint,
  fromHex,
  type HostPort,
  toHex,
  TorrentialError,
} from "@torrential/core";
import {
  checkValue,
  type DhtItem,
  type DhtReachability,
  type DhtReport,
  type DhtRequest,
  type DhtSocketStatus,
  mutableTarget,
  type PutItem,
  targetOfPut,
} from "@torrential/protocol";
import { ensureFolder } from "../disk/ensure-folder.ts";
import { StateFolder } from "../state/state-folder.ts";
import { defaultBootstrap } from "./bootstrap.ts";
import { DhtDriver, type DhtDriverOptions } from "./dht-driver.ts";

/** The state's name in its folder. */
export const DHT_STATE_FILE = "dht.state";

export interface DhtSettings {
  /** Where to start from; default: nodes run by those who write clients. Local addresses make local nodes welcome. */
  readonly bootstrap?: readonly HostPort[] | undefined;
  /** BEP 43: ask, but don't answer. */
  readonly readOnly?: boolean | undefined;
}

export interface DhtOptions extends DhtSettings {
  /** 0, the default, takes any free port. */
  readonly port?: number | undefined;
  /** Addresses of this machine, a node for each (BEP 45); default: any, one node for each family. */
  readonly addresses?: readonly string[] | undefined;
  /** A folder that the node's id and table are kept in. */
  readonly stateDir?: string | undefined;
}

export interface DhtRequestOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface DhtPeers {
  readonly peers: readonly Endpoint[];
  readonly report: DhtReport;
}

/** An item as its user sees it. */
export interface DhtValue {
  readonly value: BValue;
  /** Hex: what it is found by. */
  readonly target: string;
  /** Of a mutable item. */
  readonly publicKey: string | undefined;
  readonly seq: number | undefined;
}

/** A mutable item (BEP 44): whoever has the seed can replace it. */
export interface DhtKey {
  /** Secret, 32 bytes. */
  readonly seed: Uint8Array;
  /** Up to 64 bytes: several items of one key. */
  readonly salt?: Uint8Array | undefined;
  /** Default: one more than the highest found. */
  readonly seq?: number | undefined;
  /** Only over this number. */
  readonly cas?: number | undefined;
}

export interface DhtStats {
  readonly families: readonly DhtFamilyStats[];
  readonly port: number;
  readonly torrentsStored: number;
  readonly peersStored: number;
  readonly itemsStored: number;
}

export interface DhtFamilyStats extends Omit<DhtSocketStatus, "id"> {
  /** Hex. */
  readonly id: string;
  readonly reachable: DhtReachability;
  /** How we know, as a sentence. */
  readonly because: string;
}

/** Starts a DHT node of its own. Throws a TorrentialError "listen-failed". */
export async function createDht(options: DhtOptions = {}): Promise<Dht> {
  const { stateDir, port = 0, addresses, readOnly = false } = options;
  if (stateDir !== undefined) await ensureFolder(stateDir, 0o700);
  const folder = stateDir === undefined ? undefined : new StateFolder(stateDir);
  return await Dht.open({
    port,
    addresses,
    readOnly,
    bootstrap: options.bootstrap ?? defaultBootstrap(addresses),
    state: stateDir === undefined ? undefined : await readState(join(stateDir, DHT_STATE_FILE)),
    save: folder === undefined ? undefined : async (bytes) => folder.write(DHT_STATE_FILE, bytes),
    onVote: undefined,
  });
}

export class Dht {
  readonly #driver: DhtDriver;

  private constructor(driver: DhtDriver) {
    this.#driver = driver;
  }

  /** Use `createDht`. */
  static async open(options: DhtDriverOptions): Promise<Dht> {
    return new Dht(await DhtDriver.open(options));
  }

  /** For the client, which feeds the engine from it. */
  get driver(): DhtDriver {
    return this.#driver;
  }

  get port(): number {
    return this.#driver.port;
  }

  /** Peers of a torrent by its info-hash, 40 hex digits or 20 bytes; with `scrape` an estimate of how many there are. */
  getPeers(
    infoHash: string | Uint8Array,
    options: DhtRequestOptions & {
      readonly scrape?: boolean;
      readonly noSeed?: boolean;
      readonly onPeers?: (peers: readonly Endpoint[]) => void;
    } = {},
  ): Promise<DhtPeers> {
    const { scrape = false, noSeed = false } = options;
    return this.#findPeers({ type: "get-peers", infoHash: toTarget(infoHash), scrape, noSeed }, options);
  }

  /** Tells the network that there is a peer of a torrent at a port of ours; finds peers on the way. */
  announce(
    infoHash: string | Uint8Array,
    options: DhtRequestOptions & { readonly port: number; readonly isSeed?: boolean },
  ): Promise<DhtPeers> {
    const { port, isSeed = false } = options;
    return this.#findPeers({ type: "get-peers", infoHash: toTarget(infoHash), announce: { port, isSeed } }, options);
  }

  /** The item that is kept under a target (BEP 44); the salt is needed for a mutable one that has one. */
  async get(
    target: string | Uint8Array,
    options: DhtRequestOptions & { readonly salt?: Uint8Array } = {},
  ): Promise<{ readonly item: DhtValue | undefined; readonly report: DhtReport }> {
    const id = toTarget(target);
    const report = await this.#run({ type: "get", target: id, salt: options.salt ?? new Uint8Array() }, options);
    return { item: report.item === undefined ? undefined : describeItem(report.item, id), report };
  }

  /** Keeps a value in the network, for two hours: under its hash, or under a key. Throws "dht-item-invalid". */
  async put(
    value: BInput,
    options: DhtRequestOptions & { readonly key?: DhtKey } = {},
  ): Promise<{ readonly target: string; readonly seq: number | undefined; readonly report: DhtReport }> {
    const bytes = encodeBencode(value);
    checkValue(bytes);
    const { key } = options;
    const put: PutItem =
      key === undefined
        ? { type: "item", item: { type: "immutable", value: bytes } }
        : {
            type: "sign",
            seed: key.seed,
            salt: key.salt ?? new Uint8Array(),
            value: bytes,
            seq: key.seq,
            cas: key.cas,
          };
    const report = await this.#run({ type: "put", put }, options);
    return {
      target: toHex(targetOfPut(put)),
      seq: report.item?.type === "mutable" ? report.item.seq : undefined,
      report,
    };
  }

  /** Info-hashes that nodes near a target keep (BEP 51); near a random one when none is given. */
  async sample(
    target: string | Uint8Array,
    options: DhtRequestOptions = {},
  ): Promise<{ readonly infoHashes: readonly string[]; readonly report: DhtReport }> {
    const report = await this.#run({ type: "sample", target: toTarget(target) }, options);
    return { infoHashes: [...new Set(report.samples.map(toHex))], report };
  }

  /** Somebody says that there are nodes at these endpoints. */
  addNodes(endpoints: readonly Endpoint[]): void {
    this.#driver.addNodes(endpoints);
  }

  /** The same by name, such as the nodes that a torrent file lists. */
  addHosts(hosts: readonly HostPort[]): void {
    this.#driver.addHosts(hosts);
  }

  stats(): DhtStats {
    const { sockets, torrentsStored, peersStored, itemsStored } = this.#driver.status();
    const families = sockets.map((socket) => ({ ...socket, id: toHex(socket.id), because: explain(socket) }));
    return { families, port: this.port, torrentsStored, peersStored, itemsStored };
  }

  close(): Promise<void> {
    return this.#driver.close();
  }

  async #findPeers(
    request: DhtRequest,
    options: DhtRequestOptions & { readonly onPeers?: (peers: readonly Endpoint[]) => void },
  ): Promise<DhtPeers> {
    const peers: Endpoint[] = [];
    const report = await this.#run(request, options, (found) => {
      peers.push(...found);
      options.onPeers?.(found);
    });
    return { peers, report };
  }

  #run(
    request: DhtRequest,
    { signal }: DhtRequestOptions,
    onPeers?: (peers: readonly Endpoint[]) => void,
  ): Promise<DhtReport> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const handleAbort = (): void => {
        this.#driver.cancel(number);
        reject(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
      };
      const number = this.#driver.request(request, {
        onPeers,
        onDone: (report) => {
          signal?.removeEventListener("abort", handleAbort);
          resolve(report);
        },
      });
      signal?.addEventListener("abort", handleAbort, { once: true });
    });
  }
}

/** The public key of a secret seed, 32 bytes each. */
export function dhtPublicKey(seed: Uint8Array): Uint8Array {
  return ed25519PublicKey(seed);
}

/** Hex: what the items of a public key and a salt are found by. */
export function dhtTargetOfKey(publicKey: Uint8Array, salt: Uint8Array): string {
  return toHex(mutableTarget(publicKey, salt));
}

function explain({ reachable, strangers }: DhtSocketStatus): string {
  const networks = strangers === 1 ? "one network" : `${strangers} networks`;
  switch (reachable) {
    case "reachable":
      return `nodes of ${networks} that we had not spoken to asked us things in the last half hour`;
    case "unreachable":
      return "others have known of us for half an hour, and no stranger asked us anything";
    case "unknown":
      return `strangers of ${networks} came so far; three are needed, or half an hour`;
  }
}

function describeItem(item: DhtItem, target: Uint8Array): DhtValue {
  const isMutable = item.type === "mutable";
  return {
    value: decodeBencode(item.value),
    target: toHex(target),
    publicKey: isMutable ? toHex(item.publicKey) : undefined,
    seq: isMutable ? item.seq : undefined,
  };
}

function toTarget(target: string | Uint8Array): Uint8Array {
  const bytes = typeof target === "string" ? fromHex(target) : target;
  if (bytes.length === 20) return bytes;
  throw new TorrentialError("dht-target-invalid", `DHT target: got ${bytes.length} bytes, wanted 20`);
}

async function readState(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch {
    return undefined; // Without it the network is found from the bootstrap nodes.
  }
}
