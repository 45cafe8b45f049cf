/**
 * One life of a simulated client. The driver loop is the whole of it: take one input, drain `poll()`, arm one timer, look
 * for violations.
 */
import { infoHashFromBytes, type InfoHash, makePeerId } from "@torrential/core";
import { type DiskDone, type EngineEvent, Session, type SessionOutput } from "@torrential/engine";
import type { SimEvent } from "./clock.ts";
import { SimDisk } from "./disk.ts";
import type { SimNode } from "./node.ts";
import { NodeStreams } from "./node-streams.ts";
import { traceOutput } from "./node-trace.ts";
import type { SimRandom } from "./random.ts";
import { SimState } from "./state.ts";
import { PEER_PORT } from "./world.ts";

/** Outputs of one input; more than any honest burst. */
const OUTPUTS_MAX = 1_000_000;
/** Timeouts without time going on. */
const SPINS_MAX = 50;

export interface ProcessOptions {
  readonly node: SimNode;
  readonly random: SimRandom;
  readonly memoryBytes: number;
  readonly checkEvery: number;
  readonly handleEvent: (event: EngineEvent) => void;
}

/** One life of a client, from start to kill. */
export class Process {
  readonly session: Session;
  readonly disk: SimDisk;
  readonly state: SimState;
  readonly streams: NodeStreams;
  readonly #options: ProcessOptions;
  /** Requests to the DHT under way. */
  readonly #lookups = new Map<number, InfoHash>();
  #timer: SimEvent | undefined;
  #isDead = false;
  #inputs = 0;
  #spins = 0;
  #lastTimeoutAt = -1;

  constructor(options: ProcessOptions) {
    this.#options = options;
    const { node, random } = options;
    const { world } = node;
    const fail = (message: string): never => node.fail(message);
    this.session = makeSession({
      random,
      memoryBytes: options.memoryBytes,
      dht: node.dht !== undefined,
      now: world.clock.now,
    });
    this.disk = new SimDisk(
      {
        clock: world.clock,
        random: random.split("disk"),
        volume: node.volume,
        handleDone: (done) => this.#handleDiskDone(done),
        handleViolation: fail,
      },
      node.diskOptions,
    );
    this.state = new SimState({
      clock: world.clock,
      random: random.split("state"),
      store: node.journals,
      handleSaved: (save, result) =>
        this.input("saved", [save, Number(result.ok)], (session, now) => session.handleSaved(save, result, now)),
    });
    this.streams = new NodeStreams({
      node,
      input: (kind, values, run) => this.input(kind, values, run),
      session: this.session,
    });
  }

  /** Feeds one input and everything that follows from it. */
  input(
    kind: string,
    values: readonly (number | string | Uint8Array)[],
    run: (session: Session, now: number) => void,
  ): void {
    if (this.#isDead) return;
    const { world, name } = this.#options.node;
    const { now } = world.clock;
    world.trace.record(now, name, kind, ...values);
    run(this.session, now);
    this.#drain();
    for (const infoHash of this.#lookups.values()) this.#options.node.truth.checkPublic(infoHash, "dht-lookup");
    this.#inputs += 1;
    if (this.#inputs % this.#options.checkEvery === 0) this.session.checkInvariants();
    this.#arm();
  }

  end(): void {
    this.session.checkInvariants();
    this.#isDead = true;
    this.#options.node.world.clock.cancel(this.#timer);
    this.disk.kill();
    this.state.kill();
  }

  #drain(): void {
    const { world, name } = this.#options.node;
    let count = 0;
    for (let output = this.session.poll(); output !== undefined; output = this.session.poll()) {
      traceOutput(world.trace, world.clock.now, name, output);
      this.#obey(output);
      count += 1;
      if (count > OUTPUTS_MAX) this.#options.node.fail("one input has a million outputs");
    }
  }

  #obey(output: SessionOutput): void {
    const { node } = this.#options;
    switch (output.type) {
      case "disk":
        return this.disk.submit(output.job);
      case "slab":
        return this.disk.addSegment(output.segment, output.buffer);
      case "announce":
        return this.#announce(output);
      case "scrape":
        return this.#scrape(output);
      case "dht-announce":
        return this.#lookUp(output);
      case "dht-cancel":
        this.#lookups.delete(output.request);
        return;
      case "dht-node":
        return;
      case "event":
        return this.#options.handleEvent(output.event);
      case "read-done":
        node.reads.set(output.request, { at: node.world.elapsedMs, ok: output.result.ok });
        return node.truth.checkRead(output);
      case "command-done":
        node.results.set(output.request, output.result);
        return;
      case "connect":
      case "transmit":
      case "pause-reading":
      case "resume-reading":
      case "close":
        return this.streams.obey(output);
      case "wake":
        throw new Error("an engine that was told of no dormancy asks for metadata");
      case "local-join":
      case "local-leave":
        if (output.type === "local-join") node.truth.checkPublic(output.infoHash, output.type);
        return node.lan?.obey(node, output);
      default:
        return this.state.submit(output);
    }
  }

  #announce(command: Extract<SessionOutput, { readonly type: "announce" }>): void {
    const { node } = this.#options;
    const { world } = node;
    const tracker = world.trackers.get(command.url);
    const answer = (result: Parameters<Session["handleAnnounced"]>[1]): void =>
      this.input("announced", [command.request, Number(result.ok)], (session, now) =>
        session.handleAnnounced(command.request, result, now),
      );
    if (tracker !== undefined) tracker.announce(command, node.endpoint, answer);
    else
      world.after(20, () =>
        answer({
          ok: false,
          code: "tracker-unreachable",
          message: `${command.url}: no such host`,
          retryInSeconds: undefined,
        }),
      );
  }

  #lookUp({ request, infoHash }: Extract<SessionOutput, { readonly type: "dht-announce" }>): void {
    const { node } = this.#options;
    if (node.dht === undefined) throw new Error("dht-announce of an engine that was told of no DHT");
    const id = infoHashFromBytes(infoHash);
    this.#lookups.set(request, id);
    node.dht.announce(node, id, (peers) => {
      if (!this.#lookups.delete(request)) return;
      const outcome = { peersFound: peers.length, nodesAnswered: 8, nodesTold: 8 };
      this.input("dht peers", [request, peers.length], (session, now) => session.handleDhtPeers(request, peers, now));
      this.input("dht done", [request], (session, now) => session.handleDhtDone(request, outcome, now));
    });
  }

  #scrape(command: Extract<SessionOutput, { readonly type: "scrape" }>): void {
    const tracker = this.#options.node.world.trackers.get(command.url);
    tracker?.scrape(command, (result) =>
      this.input("scraped", [command.request, Number(result.ok)], (session, now) =>
        session.handleScraped(command.request, result, now),
      ),
    );
  }

  #handleDiskDone(done: DiskDone): void {
    this.input(`disk ${done.type}`, [done.job], (session, now) => session.handleDiskDone(done, now));
  }

  #arm(): void {
    const { clock } = this.#options.node.world;
    const at = this.session.nextTimeout();
    if (at !== undefined && Number.isNaN(at)) this.#options.node.fail("nextTimeout is NaN");
    if (this.#timer?.run !== undefined && this.#timer.at === at) return;
    clock.cancel(this.#timer);
    this.#timer =
      at === undefined || at === Number.POSITIVE_INFINITY ? undefined : clock.schedule(at, () => this.#handleTimeout());
  }

  #handleTimeout(): void {
    const { node } = this.#options;
    const { now } = node.world.clock;
    this.#spins = now === this.#lastTimeoutAt ? this.#spins + 1 : 0;
    this.#lastTimeoutAt = now;
    if (this.#spins > SPINS_MAX) node.fail(`${SPINS_MAX} timeouts at one instant: a timer stays in the past`);
    this.input("timeout", [], (session, at) => session.handleTimeout(at));
  }
}

function makeSession(options: {
  readonly random: SimRandom;
  readonly memoryBytes: number;
  readonly dht: boolean;
  readonly now: number;
}): Session {
  const { random, memoryBytes, dht, now } = options;
  const peerId = makePeerId("-TO0100-", random.split("peer id").nextBytes(12));
  const session = new Session({
    peerId,
    random: random.split("session").next,
    slabBudgetBytes: memoryBytes,
    families: [4],
    dht,
    now,
  });
  session.setListenPort(PEER_PORT);
  return session;
}
