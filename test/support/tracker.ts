/**
 * An HTTP tracker of our own: clients find each other through it, and it remembers every announce, so that a test can
 * say which events a client sent. It can also be told to refuse, to hang, or to talk nonsense.
 */
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { type Bencodable, Raw, bencode } from "./bencode.ts";
import { waitFor } from "./wait-for.ts";

export interface Announce {
  /** 40 hexadecimal digits. */
  readonly infoHash: string;
  /** 20 characters, one a byte. */
  readonly peerId: string;
  readonly event: "started" | "completed" | "stopped" | "none";
  readonly address: string;
  readonly port: number;
  readonly uploaded: number;
  readonly downloaded: number;
  readonly left: number;
  readonly parameters: ReadonlyMap<string, string>;
  /** Monotonic. */
  readonly atMs: number;
}

/** What it does with an announce: serve it, answer with a failure, never answer, hang up, or send these bytes. */
export type TrackerMood =
  | { type: "serve" }
  | { type: "fail"; reason: string }
  | { type: "hang" }
  | { type: "hang-up" }
  | { type: "body"; body: string };

interface Member {
  readonly peerId: string;
  readonly address: string;
  readonly port: number;
  isSeed: boolean;
}

const INTERVAL_SECONDS = 1800;

export class TestTracker implements AsyncDisposable {
  readonly announces: Announce[] = [];
  mood: TrackerMood = { type: "serve" };
  readonly #swarms = new Map<string, Map<string, Member>>();
  readonly #server = createServer((request, response) => this.#handleRequest(request, response));
  #url = "";

  static async start(address: string): Promise<TestTracker> {
    const tracker = new TestTracker();
    await new Promise<void>((resolve) => tracker.#server.listen({ host: address, port: 0 }, resolve));
    const bound = tracker.#server.address();
    if (bound === null || typeof bound === "string") throw new Error("The tracker has no port");
    tracker.#url = `http://${address}:${bound.port}/announce`;
    return tracker;
  }

  get url(): string {
    return this.#url;
  }

  /** Lists a peer that does not announce itself. */
  addPeer(infoHash: string, endpoint: { address: string; port: number }): void {
    const peerId = `${endpoint.address}:${endpoint.port}`;
    this.#swarm(infoHash).set(peerId, { peerId, ...endpoint, isSeed: true });
  }

  /** What was announced for a torrent by the client that calls itself so (`-TO`), in order. */
  announcesOf(infoHash: string, peerIdPrefix = ""): Announce[] {
    return this.announces.filter((it) => it.infoHash === infoHash && it.peerId.startsWith(peerIdPrefix));
  }

  /** Waits until a client has announced itself with nothing left to download. */
  async waitForSeed(infoHash: string, address: string): Promise<void> {
    const isThere = (): boolean =>
      [...this.#swarm(infoHash).values()].some((it) => it.isSeed && it.address === address);
    await waitFor(isThere, {
      what: () => `no seed at ${address} announced itself; announces: ${JSON.stringify(this.announcesOf(infoHash))}`,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #swarm(infoHash: string): Map<string, Member> {
    const known = this.#swarms.get(infoHash) ?? new Map<string, Member>();
    this.#swarms.set(infoHash, known);
    return known;
  }

  #handleRequest(request: IncomingMessage, response: ServerResponse): void {
    const [path, query = ""] = (request.url ?? "").split("?", 2);
    if (path !== "/announce") {
      response.writeHead(404).end();
      return;
    }
    const announce = parseAnnounce(query, request.socket.remoteAddress ?? "");
    this.announces.push(announce);
    const mood = this.mood;
    if (mood.type === "hang") return;
    if (mood.type === "hang-up") request.socket.destroy();
    else if (mood.type === "fail") reply(response, { "failure reason": mood.reason });
    else if (mood.type === "body") reply(response, new Raw(mood.body));
    else reply(response, this.#admit(announce));
  }

  #admit(announce: Announce): Bencodable {
    const swarm = this.#swarm(announce.infoHash);
    if (announce.event === "stopped") swarm.delete(announce.peerId);
    else swarm.set(announce.peerId, { ...announce, isSeed: announce.left === 0 });
    const others = [...swarm.values()].filter((it) => it.peerId !== announce.peerId);
    const complete = others.filter((it) => it.isSeed).length;
    const peers = announce.event === "stopped" ? [] : others;
    return {
      interval: INTERVAL_SECONDS,
      complete,
      incomplete: others.length - complete,
      peers: Buffer.concat(peers.map(compact)),
    };
  }
}

/** How often each event was announced. A client that starts, finishes and leaves sends each once. */
export function countEvents(announces: readonly Announce[]): { started: number; completed: number; stopped: number } {
  const count = (event: Announce["event"]): number => announces.filter((it) => it.event === event).length;
  return { started: count("started"), completed: count("completed"), stopped: count("stopped") };
}

function parseAnnounce(query: string, address: string): Announce {
  const parameters = new Map(query.split("&").map((pair) => splitOnce(pair)));
  const bytes = (key: string): Buffer => unescapeBytes(parameters.get(key) ?? "");
  const count = (key: string): number => Number(parameters.get(key) ?? "NaN");
  const event = parameters.get("event") ?? "";
  return {
    infoHash: bytes("info_hash").toString("hex"),
    peerId: bytes("peer_id").toString("latin1"),
    event: event === "started" || event === "completed" || event === "stopped" ? event : "none",
    address: address.replace(/^::ffff:/, ""),
    port: count("port"),
    uploaded: count("uploaded"),
    downloaded: count("downloaded"),
    left: count("left"),
    parameters,
    atMs: performance.now(),
  };
}

function splitOnce(pair: string): [string, string] {
  const at = pair.indexOf("=");
  return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
}

function unescapeBytes(text: string): Buffer {
  const characters = text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(characters, "latin1");
}

function compact(member: Member): Buffer {
  return Buffer.from([...member.address.split(".").map(Number), member.port >> 8, member.port & 255]);
}

function reply(response: ServerResponse, body: Bencodable): void {
  const bytes = bencode(body);
  response.writeHead(200, { "content-type": "text/plain", "content-length": bytes.length }).end(bytes);
}
