/** For tests: a session with a disk in memory and scripted peers; time moves when told to. */
import { BLOCK_LENGTH, concatBytes, equalBytes, type InfoHash, infoHashBytes, makeEndpoint } from "@torrential/core";
import { peerIdFromBytes, sha1 } from "@torrential/core";
import { encodeHandshake, encodeMessage, HANDSHAKE_LENGTH, type OutgoingMessage } from "@torrential/protocol";
import { PIECE_HEADER_LENGTH, writePieceHeader, type WireMessage } from "@torrential/protocol";
import type { AnnounceCommand } from "../ports/announce.ts";
import type { DiskDone, DiskError, DiskJob, ExtentRef } from "../ports/disk.ts";
import type { AddOptions, Command } from "../session/commands.ts";
import type { TorrentEvent } from "../session/events.ts";
import type { SessionOutput } from "../session/outputs.ts";
import { Session } from "../session/session.ts";
import type { SessionOptions } from "../session/options.ts";
import type { TorrentStatus } from "../torrent/status.ts";
import { makeTorrent, seededRandom, type TestTorrent, type TestTorrentOptions } from "./context.ts";
import { type SentBlock, WireReader } from "./peers.ts";

/** What one scripted peer was sent, and what it does of itself. */
export interface ScriptedPeer {
  readonly connection: number;
  readonly received: (WireMessage | SentBlock)[];
  isClosed: boolean;
  /** Answers requests; undefined leaves them unanswered. */
  serve: ((piece: number, begin: number, length: number) => Uint8Array) | undefined;
  readonly reader: WireReader;
  handshakeBytes: number;
}

export class World {
  readonly session: Session;
  readonly torrent: TestTorrent;
  readonly infoHash: InfoHash;
  now: number = 0;
  /** What happened to disk and state, in order: job types and state commands. */
  readonly log: string[] = [];
  readonly events: TorrentEvent[] = [];
  readonly announces: AnnounceCommand[] = [];
  readonly reads: Extract<SessionOutput, { type: "read-done" }>[] = [];
  readonly commands: Extract<SessionOutput, { type: "command-done" }>[] = [];
  readonly journals: Map<string, Uint8Array> = new Map();
  readonly peers: ScriptedPeer[] = [];
  /** Whom the session dialled, and is not answered by itself. */
  readonly dialled: Extract<SessionOutput, { type: "connect" }>[] = [];
  /** The torrent's bytes on disk; undefined while no file was made. */
  disk: Uint8Array | undefined;
  /** Whether peers offer the extension protocol (BEP 10). */
  extended: boolean = false;
  /** Whom peers shake hands for: the torrent, unless told otherwise. */
  shakenFor: InfoHash | undefined;
  /** What neighbours were to hear. */
  readonly locals: string[] = [];
  /** While set, commits and syncs fail. */
  diskError: DiskError | undefined;
  /** Jobs of these types are not answered until `release`. */
  readonly held: Set<DiskJob["type"]> = new Set();
  readonly #heldJobs: DiskJob[] = [];
  readonly #segments: SharedArrayBuffer[] = [];
  mtimeMs: number = 1_000;

  /** Sleeping torrents that were needed, and not woken yet. */
  readonly wakes: InfoHash[] = [];

  constructor(options: TestTorrentOptions & Pick<SessionOptions, "dormancy" | "connectionsMax" | "peersMax"> = {}) {
    this.torrent = makeTorrent(options);
    const { infoHashV1 } = this.torrent.metainfo;
    if (infoHashV1 === undefined) throw new Error("the test's torrent is not v1");
    this.infoHash = infoHashV1;
    const peerId = peerIdFromBytes(new Uint8Array(20).fill(1));
    this.session = new Session({
      peerId,
      random: seededRandom(5),
      now: 0,
      slabBudgetBytes: 16 * 1024 * 1024,
      families: [4],
      dormancy: options.dormancy ?? false,
      connectionsMax: options.connectionsMax,
      peersMax: options.peersMax,
    });
  }

  /** The next process: a new session over what this one left on disk and in its journals. */
  reopen(options: TestTorrentOptions = {}): World {
    const next = new World(options);
    next.disk = this.disk;
    next.mtimeMs = this.mtimeMs;
    next.add({
      journal: this.journals.get(this.infoHash),
      partials: this.journals.get(`${this.infoHash}.partials`),
    });
    return next;
  }

  get status(): TorrentStatus | undefined {
    return this.session.status(this.infoHash, this.now);
  }

  get state(): string | undefined {
    return this.status?.state.status;
  }

  add(options: Partial<AddOptions> = {}): void {
    this.command({ type: "add", start: true, metainfo: this.torrent.metainfo, root: "/downloads", ...options });
  }

  command(command: Command): void {
    this.session.handleCommand(command, this.now);
    this.run();
  }

  /** The driver brings what a sleeping torrent needs. */
  wake(): void {
    for (const infoHash of this.wakes.splice(0)) {
      const { metainfo } = this.torrent;
      this.command({ type: "wake", infoHash, metainfo, journal: this.journals.get(infoHash) });
    }
  }

  /** Commands that name nothing but the torrent. */
  tell(type: "start" | "stop" | "recheck"): void {
    this.command({ type, infoHash: this.infoHash });
  }

  /** Somebody comes in, shakes hands, and says `messages`. */
  connect(messages: readonly OutgoingMessage[], address = `198.51.100.${this.peers.length + 1}`): ScriptedPeer {
    const connection = this.session.nextId();
    this.session.handleIncoming(connection, makeEndpoint(address, 40_000), this.now);
    return this.#shakeHands(connection, messages);
  }

  /** The one that was dialled last, and not yet answered, takes the call and says `messages`. */
  accept(messages: readonly OutgoingMessage[]): ScriptedPeer {
    const connection = this.dialled.pop()?.connection;
    if (connection === undefined) throw new Error("nobody was dialled");
    this.session.handleConnected(connection, this.now);
    return this.#shakeHands(connection, messages);
  }

  /** A peer that has everything, lets us in and answers every request. */
  connectSeed(): ScriptedPeer {
    const peer = this.connect([{ type: "have-all" }]);
    peer.serve = (piece, begin, length) => this.truth(piece, begin, length);
    this.say(peer, encodeMessage({ type: "unchoke" }));
    return peer;
  }

  truth(piece: number, begin: number, length: number): Uint8Array {
    const at = piece * this.torrent.metainfo.pieceLength + begin;
    return this.torrent.payload.subarray(at, at + length);
  }

  say(peer: ScriptedPeer, ...bytes: readonly Uint8Array[]): void {
    this.session.handleData(peer.connection, concatBytes(bytes), this.now);
    this.run();
  }

  /** Moves time, deadline by deadline. */
  advance(ms: number): void {
    const end = this.now + ms;
    for (let rounds = 0; ; rounds++) {
      if (rounds > 100_000) throw new Error(`the session does not come to rest at ${this.now}`);
      const next = this.session.nextTimeout();
      if (next === undefined || next > end) break;
      this.now = Math.max(this.now, next);
      this.session.handleTimeout(this.now);
      this.run();
    }
    this.now = end;
  }

  /** Answers what was held back. */
  release(): void {
    this.held.clear();
    for (const job of this.#heldJobs.splice(0)) this.#finish(job);
    this.run();
  }

  /** Plays the driver until nothing is left to do. */
  run(): void {
    for (let output = this.session.poll(); output !== undefined; output = this.session.poll()) this.#handle(output);
    this.session.checkInvariants();
  }

  #shakeHands(connection: number, messages: readonly OutgoingMessage[]): ScriptedPeer {
    const peer: ScriptedPeer = {
      connection,
      received: [],
      isClosed: false,
      serve: undefined,
      reader: new WireReader(),
      handshakeBytes: 0,
    };
    this.peers.push(peer);
    this.say(peer, handshakeOf(this, connection), ...messages.map((message) => encodeMessage(message)));
    return peer;
  }

  #handle(output: SessionOutput): void {
    switch (output.type) {
      case "local-join":
      case "local-leave":
        this.locals.push(output.type);
        return;
      case "slab":
        this.#segments.push(output.buffer);
        return;
      case "disk":
        this.log.push(output.job.type);
        if (this.held.has(output.job.type)) this.#heldJobs.push(output.job);
        else this.#finish(output.job);
        return;
      case "journal-append":
      case "journal-replace":
      case "journal-remove":
        this.log.push(output.type);
        this.#keep(output);
        if (output.type === "journal-replace" && output.save !== undefined)
          this.session.handleSaved(output.save, { ok: true }, this.now);
        return;
      case "command-done":
        this.commands.push(output);
        return;
      case "announce":
        this.announces.push(output);
        return;
      case "read-done":
        this.reads.push(output);
        return;
      case "event":
        this.events.push(output.event);
        return;
      case "wake":
        this.wakes.push(output.infoHash);
        return;
      case "connect":
        this.dialled.push(output);
        return;
      case "transmit":
        this.#deliver(output.connection, output.chunks, output.byteLength);
        return;
      case "close":
        for (const peer of this.peers) if (peer.connection === output.connection) peer.isClosed = true;
        this.session.handleClosed(output.connection, "local", this.now);
        return;
      default:
    }
  }

  #keep(command: Extract<SessionOutput, { type: `journal-${string}` }>): void {
    if (command.type === "journal-remove") this.journals.delete(command.key);
    else if (command.type === "journal-replace") this.journals.set(command.key, command.bytes);
    else
      this.journals.set(command.key, concatBytes([this.journals.get(command.key) ?? new Uint8Array(0), command.bytes]));
  }

  #deliver(connection: number, chunks: readonly Uint8Array[], byteLength: number): void {
    const peer = this.peers.find((each) => each.connection === connection);
    const bytes = concatBytes(chunks.map((chunk) => chunk.slice()));
    this.session.handleTransmitted(connection, byteLength, this.now);
    if (peer === undefined) return;
    const skipped = Math.min(HANDSHAKE_LENGTH - peer.handshakeBytes, bytes.length);
    peer.handshakeBytes += skipped;
    for (const message of peer.reader.read(bytes.subarray(skipped))) {
      peer.received.push(message);
      if (message.type !== "request" || peer.serve === undefined) continue;
      const { piece, begin, length } = message;
      this.session.handleData(connection, blockMessage(piece, begin, peer.serve(piece, begin, length)), this.now);
    }
  }

  #finish(job: DiskJob): void {
    this.session.handleDiskDone(this.#perform(job), this.now);
  }

  #perform(job: DiskJob): DiskDone {
    const { store } = job;
    const base = { job: job.job, store };
    if (this.diskError !== undefined && (job.type === "commit" || job.type === "sync" || job.type === "open"))
      return { type: "failed", ...base, error: this.diskError };
    switch (job.type) {
      case "open":
        return { type: "opened", ...base, found: job.files.map(() => this.#stamp()) };
      case "make-empty":
        return { type: "made-empty", ...base };
      case "hash-ahead":
      case "hash-drop":
        return { type: "hashed-ahead", ...base, piece: job.piece };
      case "commit":
        return this.#commit(job);
      case "read": {
        const at = job.piece * this.torrent.metainfo.pieceLength + job.begin;
        this.#view(job.extent).set(this.#bytes().subarray(at, at + job.extent.length));
        return { type: "read", ...base, piece: job.piece };
      }
      case "check":
        return { type: "checked", ...base, piece: job.piece, result: this.#check(job.piece) };
      case "sync":
        return { type: "synced", ...base };
      case "relayout":
        return { type: "relaid", ...base };
      case "find-copy":
        return { type: "copy-found", ...base, file: job.file, copy: { type: "partial", copiedBytes: 0 } };
      case "copy":
        return { type: "copied", ...base, file: job.file };
      case "seal-copy":
      case "drop-copy":
        return { type: "copy-sealed", ...base, file: job.file };
      case "close":
        if (job.deleteFiles) this.disk = undefined;
        return { type: "closed", ...base };
      default:
        return job satisfies never;
    }
  }

  #commit(job: Extract<DiskJob, { type: "commit" }>): DiskDone {
    const bytes = concatBytes(job.extents.map((ref) => this.#view(ref).slice()));
    const base = { job: job.job, store: job.store, piece: job.piece };
    const blockDigests: string[] = [];
    for (let at = 0; at < bytes.length; at += BLOCK_LENGTH)
      blockDigests.push(sha1(bytes.subarray(at, at + BLOCK_LENGTH)).join());
    if (!equalBytes(sha1(bytes), this.#hashOf(job.piece))) return { type: "hash-failed", ...base, blockDigests };
    this.#bytes().set(bytes, job.piece * this.torrent.metainfo.pieceLength);
    this.mtimeMs += 10;
    return { type: "committed", ...base, blockDigests: job.wantBlockDigests ? blockDigests : undefined };
  }

  #check(piece: number): "passed" | "failed" | "absent" {
    if (this.disk === undefined) return "absent";
    const { pieceLength } = this.torrent.metainfo;
    const bytes = this.disk.subarray(piece * pieceLength, (piece + 1) * pieceLength);
    return equalBytes(sha1(bytes), this.#hashOf(piece)) ? "passed" : "failed";
  }

  #stamp(): { readonly lengthBytes: number; readonly mtimeMs: number } {
    return { lengthBytes: this.disk?.length ?? -1, mtimeMs: this.disk === undefined ? 0 : this.mtimeMs };
  }

  #bytes(): Uint8Array {
    this.disk ??= new Uint8Array(this.torrent.payload.length);
    return this.disk;
  }

  #hashOf(piece: number): Uint8Array {
    return this.torrent.metainfo.pieceHashes.subarray(20 * piece, 20 * piece + 20);
  }

  #view(ref: ExtentRef): Uint8Array {
    const segment = this.#segments[ref.segment];
    if (segment === undefined) throw new Error(`a job names segment ${ref.segment}, which was never given out`);
    return new Uint8Array(segment, ref.offset, ref.length);
  }
}

/** The handshake of the scripted peer that is told by `number`. */
export function handshakeOf(world: World, number: number): Uint8Array {
  return encodeHandshake({
    infoHash: infoHashBytes(world.shakenFor ?? world.infoHash),
    peerId: new Uint8Array(20).fill(number),
    extensions: { fast: true, extended: world.extended, dht: false, v2: false },
  });
}

export function blockMessage(piece: number, begin: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(PIECE_HEADER_LENGTH + payload.length);
  writePieceHeader(bytes, 0, piece, begin, payload.length);
  bytes.set(payload, PIECE_HEADER_LENGTH);
  return bytes;
}
