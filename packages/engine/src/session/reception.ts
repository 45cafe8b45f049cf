/**
 * How peers come to their torrents: whom we dial within the session's budgets, and who comes out of the lobby with a
 * handshake. What concerns a torrent is answered with that torrent, so that the session looks at it again.
 */
import type { Endpoint, InfoHash, PeerId } from "@torrential/core";
import { PeerError } from "@torrential/protocol";
import { earliest } from "../deadlines.ts";
import { DormantTorrent } from "../dormant/dormant-torrent.ts";
import type { Outlet } from "../outbox.ts";
import type { Millis } from "../ports/machine.ts";
import type { ConnectionId } from "../ports/network.ts";
import type { SessionBans } from "../swarm/session-bans.ts";
import { ownEndpoints } from "../swarm/own-endpoints.ts";
import type { ExternalAddresses } from "./external-address.ts";
import { type HeldPeer, HeldPeers } from "./held-peers.ts";
import { type Dial, Lobby } from "./lobby.ts";
import type { Member, Members } from "./members.ts";
import type { SessionOutput } from "./outputs.ts";
import type { ReachabilityRecord } from "./reachability.ts";

/** How long a torrent waits when the budget for dials is used up; it grows by three in this time. */
const DIALS_DELAY_MS = 100;

export interface ReceptionDeps {
  readonly peerId: PeerId;
  readonly out: Outlet<SessionOutput>;
  readonly members: Members;
  readonly reachability: ReachabilityRecord;
  readonly externalAddresses: ExternalAddresses;
  readonly sessionBans: SessionBans;
  readonly nextId: () => number;
  readonly listenPort: () => number;
  readonly connectionsMax: number;
}

/** With a torrent that has to be woken. */
const HELD_MAX = 128;

export class Reception {
  readonly #deps: ReceptionDeps;
  readonly #held = new HeldPeers();
  readonly #lobby: Lobby;

  constructor(deps: ReceptionDeps) {
    const { peerId, out, members } = deps;
    this.#deps = deps;
    this.#lobby = new Lobby({
      peerId,
      out,
      knows: (infoHash) => isReachable(members.get(infoHash)),
      usesDht: (infoHash) => members.get(infoHash)?.sources.dht !== undefined,
    });
  }

  /** Dials for a torrent as many as it wants and the budgets allow. */
  dial(torrent: Member, now: Millis): void {
    const { dialling, dialsWanted } = torrent;
    dialling.isDue = false;
    const count = Math.max(0, Math.min(dialsWanted, this.#room, this.#lobby.dialsAllowed(now)));
    if (count < dialsWanted) dialling.delay(now + DIALS_DELAY_MS);
    const own = ownEndpoints(this.#deps.externalAddresses, this.#deps.listenPort(), now);
    for (const known of torrent.peerList.candidates(count, now, torrent.dialView, own)) {
      torrent.peerList.handleDialled(known);
      this.#lobby.dial(this.#deps.nextId(), { infoHash: torrent.infoHash, known }, now);
    }
  }

  handleIncoming(connection: ConnectionId, endpoint: Endpoint, now: Millis): void {
    if (this.#room <= 0 || this.#deps.sessionBans.holds(endpoint, now)) this.#close(connection);
    else this.#lobby.handleIncoming(connection, endpoint, now);
  }

  handleConnected(connection: ConnectionId, now: Millis): void {
    this.#lobby.handleConnected(connection, now);
  }

  handleTransmitted(connection: ConnectionId, bytes: number): void {
    if (this.#held.has(connection)) this.#held.handleTransmitted(connection, bytes);
    else this.#lobby.handleTransmitted(connection, bytes);
  }

  /** What came before a connection belonged to a torrent. */
  handleData(connection: ConnectionId, chunk: Uint8Array, now: Millis): Member | undefined {
    if (this.#held.has(connection)) {
      return this.#held.handleData(connection, chunk) ? undefined : this.#turnAway(this.#held.release(connection), now);
    }
    const result = this.#lobby.handleData(connection, chunk);
    if (result.type === "waiting") return undefined;
    if (result.type === "arrived") return this.#handleArrived(result, now);
    return result.dial === undefined ? undefined : this.#handleDialFailed(result.dial, now, result.error);
  }

  handleClosed(connection: ConnectionId, now: Millis): Member | undefined {
    const dial = this.#held.release(connection)?.dial ?? this.#lobby.handleClosed(connection);
    return dial === undefined ? undefined : this.#handleDialFailed(dial, now);
  }

  nextTimeout(): Millis | undefined {
    return earliest(this.#lobby.nextTimeout(), this.#held.nextTimeout());
  }

  /** Returns the torrents whose dials took too long. */
  handleTimeout(now: Millis): readonly Member[] {
    const late = this.#held.handleTimeout(now).flatMap((held) => this.#turnAway(held, now) ?? []);
    return [...late, ...this.#lobby.handleTimeout(now).flatMap((dial) => this.#handleDialFailed(dial, now) ?? [])];
  }

  isAwaited(infoHash: InfoHash): boolean {
    return this.#held.isAwaited(infoHash);
  }

  /** Whoever waited for this torrent goes in, now that it is open; or is sent away, if it never will be. */
  admit(torrent: Member, now: Millis): void {
    for (const held of this.#held.releaseAll(torrent.infoHash)) {
      if (torrent.isOpen) this.#deps.out.push({ type: "resume-reading", connection: held.arrival.connection });
      this.#handleArrived(held, now);
    }
  }

  /** How many more connections there may be. */
  get #room(): number {
    return this.#deps.connectionsMax - this.#deps.members.connectionCount - this.#lobby.size - this.#held.size;
  }

  #handleArrived(arrived: HeldPeer, now: Millis): Member | undefined {
    const { members, reachability } = this.#deps;
    const { infoHash, arrival, rest, dial } = arrived;
    const { connection } = arrival;
    const torrent = members.get(infoHash);
    if (torrent === undefined || !isReachable(torrent) || this.#held.size >= HELD_MAX) {
      return this.#turnAway(arrived, now);
    }
    if (torrent instanceof DormantTorrent || !torrent.isOpen) return this.#hold(arrived, torrent, now);
    try {
      torrent.addPeer(arrival, now);
      if (!arrival.isOutgoing) reachability.handleIncoming(arrival.endpoint, now);
      members.connect(connection, torrent);
      if (rest.length > 0) torrent.handleData(connection, rest, now);
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      if (dial !== undefined) this.#handleDialFailed(dial, now, error);
      this.#close(connection);
    }
    return torrent;
  }

  #hold(arrived: HeldPeer, torrent: Member, now: Millis): Member {
    this.#held.hold(arrived, now);
    this.#deps.out.push({ type: "pause-reading", connection: arrived.arrival.connection });
    if (torrent instanceof DormantTorrent) torrent.wake();
    return torrent;
  }

  #turnAway(arrived: HeldPeer | undefined, now: Millis): Member | undefined {
    if (arrived === undefined) return undefined;
    this.#close(arrived.arrival.connection);
    return arrived.dial === undefined ? undefined : this.#handleDialFailed(arrived.dial, now);
  }

  #handleDialFailed(dial: Dial, now: Millis, error?: PeerError): Member | undefined {
    const torrent = this.#deps.members.get(dial.infoHash);
    if (torrent === undefined) return undefined;
    if (error?.ban === true) torrent.peerList.ban(dial.known.endpoint, error.message, now);
    torrent.peerList.handleDisconnected(dial.known, { failed: true }, now);
    torrent.dialling.isDue = true;
    return torrent;
  }

  #close(connection: ConnectionId): void {
    this.#deps.out.push({ type: "close", connection });
  }
}

/** Whether peers may come: it lets them in, or they wait for it. */
function isReachable(torrent: Member | undefined): boolean {
  return torrent?.isOpen === true || torrent?.isExpected === true;
}
