/** All torrents of a session, and which of them an answer of the world belongs to. */
import { type InfoHash, swarmHashes } from "@torrential/core";
import type { BandwidthNode } from "../bandwidth/node.ts";
import type { DormantTorrent } from "../dormant/dormant-torrent.ts";
import { PendingTorrent } from "../metadata/pending-torrent.ts";
import type { StoreId } from "../ports/disk.ts";
import type { ConnectionId } from "../ports/network.ts";
import { Torrent } from "../torrent/torrent.ts";

/** A torrent, what will be one when its metadata is known, or what will be one again when somebody needs it. */
export type Member = Torrent | PendingTorrent | DormantTorrent;

export class Members {
  readonly #torrents = new Map<InfoHash, Member>();
  /** Of hybrids: the info-hash that they do not go by, to the one that they do. */
  readonly #otherHashes = new Map<InfoHash, InfoHash>();
  readonly #byStore = new Map<StoreId, Torrent>();
  readonly #byConnection = new Map<ConnectionId, Member>();
  /** By info-hash: who asked may have become another by the time of the answer. */
  readonly #byAnnounce = new Map<number, InfoHash>();
  readonly #bySave = new Map<number, Torrent>();
  readonly #byNode = new Map<BandwidthNode, Member>();

  /** Connections that belong to a torrent. */
  get connectionCount(): number {
    return this.#byConnection.size;
  }

  all(): Iterable<Member> {
    return this.#torrents.values();
  }

  has(infoHash: InfoHash): boolean {
    return this.#torrents.has(infoHash);
  }

  get(infoHash: InfoHash): Member | undefined {
    return this.#torrents.get(infoHash);
  }

  /** Which torrent has one of these info-hashes, whichever it goes by. */
  find(infoHashes: readonly InfoHash[]): Member | undefined {
    for (const infoHash of infoHashes) {
      const found = this.#torrents.get(this.#otherHashes.get(infoHash) ?? infoHash);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Takes the place of what has the same info-hash, connections included. */
  add(member: Member): void {
    const before = this.#torrents.get(member.infoHash);
    if (before !== undefined)
      for (const [connection, owner] of this.#byConnection)
        if (owner === before) this.#byConnection.set(connection, member);
    if (before instanceof Torrent) this.#byStore.delete(before.store);
    this.#torrents.set(member.infoHash, member);
    this.#byNode.set(member.node, member);
    if (member instanceof Torrent) this.#byStore.set(member.store, member);
    for (const infoHash of hashesOf(member))
      if (infoHash !== member.infoHash) this.#otherHashes.set(infoHash, member.infoHash);
  }

  forget(member: Member): void {
    this.#torrents.delete(member.infoHash);
    for (const [other, infoHash] of this.#otherHashes)
      if (infoHash === member.infoHash) this.#otherHashes.delete(other);
    this.#byNode.delete(member.node);
    if (member instanceof Torrent) this.#byStore.delete(member.store);
  }

  // ---- connections

  // hot
  ofConnection(connection: ConnectionId): Member | undefined {
    return this.#byConnection.get(connection);
  }

  connect(connection: ConnectionId, member: Member): void {
    this.#byConnection.set(connection, member);
  }

  disconnect(connection: ConnectionId): void {
    this.#byConnection.delete(connection);
  }

  // ---- answers

  ofStore(store: StoreId): Torrent | undefined {
    return this.#byStore.get(store);
  }

  ofNode(node: BandwidthNode): Member | undefined {
    return this.#byNode.get(node);
  }

  /** An announce under this number is asked for. */
  expectAnnounce(request: number, infoHash: InfoHash): void {
    this.#byAnnounce.set(request, infoHash);
  }

  ofAnnounce(request: number): Member | undefined {
    const infoHash = this.#byAnnounce.get(request);
    return infoHash === undefined ? undefined : this.#torrents.get(infoHash);
  }

  /** Like `ofAnnounce`, for its last answer. */
  takeAnnounce(request: number): Member | undefined {
    const member = this.ofAnnounce(request);
    this.#byAnnounce.delete(request);
    return member;
  }

  /** A record is to be saved under this number. */
  expectSave(save: number, torrent: Torrent): void {
    this.#bySave.set(save, torrent);
  }

  takeSave(save: number): Torrent | undefined {
    const torrent = this.#bySave.get(save);
    this.#bySave.delete(save);
    return torrent;
  }
}

/** Of what sleeps they are known from before. */
function hashesOf(member: Member): readonly InfoHash[] {
  if (member instanceof Torrent) return swarmHashes(member.metainfo);
  return member instanceof PendingTorrent ? swarmHashes(member.magnet) : [];
}
