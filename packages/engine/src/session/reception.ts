/**
 * How peers come to their torrents: whom we dial within the session's budgets, and who comes out of the lobby with a
 * handshake. What concerns a torrent is answered with that torrent, so that the session looks at it again.
 */
import type { Endpoint, PeerId } from "@torrential/core";
import { PeerError } from "@torrential/protocol";
import type { Outlet } from "../outbox.ts";
import type { Millis } from "../ports/machine.ts";
import type { ConnectionId } from "../ports/network.ts";
import { ownEndpoints } from "../swarm/own-endpoints.ts";
import type { ExternalAddresses } from "./external-address.ts";
import { type Dial, Lobby, type LobbyResult } from "./lobby.ts";
import type { Member, Members } from "./members.ts";
import type { SessionOutput } from "./outputs.ts";
import type { ReachabilityRecord } from "./reachability.ts";

/** PROMISES, limits: connections in all. */
const CONNECTIONS_MAX = 500;
/** How long a torrent waits when the budget for dials is used up; it grows by three in this time. */
const DIALS_DELAY_MS = 100;

export interface ReceptionDeps {
  readonly peerId: PeerId;
  readonly out: Outlet<SessionOutput>;
  readonly members: Members;
  readonly reachability: ReachabilityRecord;
  readonly externalAddresses: ExternalAddresses;
  readonly nextId: () => number;
  readonly listenPort: () => number;
}

export class Reception {
  readonly #deps: ReceptionDeps;
  readonly #lobby: Lobby;

  constructor(deps: ReceptionDeps) {
    const { peerId, out, members } = deps;
    this.#deps = deps;
    this.#lobby = new Lobby({
      peerId,
      out,
      knows: (infoHash) => members.get(infoHash)?.isOpen === true,
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
    if (this.#room <= 0) this.#close(connection);
    else this.#lobby.handleIncoming(connection, endpoint, now);
  }

  handleConnected(connection: ConnectionId, now: Millis): void {
    this.#lobby.handleConnected(connection, now);
  }

  handleTransmitted(connection: ConnectionId, bytes: number): void {
    this.#lobby.handleTransmitted(connection, bytes);
  }

  /** What came before a connection belonged to a torrent. */
  handleData(connection: ConnectionId, chunk: Uint8Array, now: Millis): Member | undefined {
    const result = this.#lobby.handleData(connection, chunk);
    if (result.type === "waiting") return undefined;
    if (result.type === "arrived") return this.#handleArrived(connection, result, now);
    return result.dial === undefined ? undefined : this.#handleDialFailed(result.dial, now, result.error);
  }

  handleClosed(connection: ConnectionId, now: Millis): Member | undefined {
    const dial = this.#lobby.handleClosed(connection);
    return dial === undefined ? undefined : this.#handleDialFailed(dial, now);
  }

  nextTimeout(): Millis | undefined {
    return this.#lobby.nextTimeout();
  }

  /** Returns the torrents whose dials took too long. */
  handleTimeout(now: Millis): readonly Member[] {
    return this.#lobby.handleTimeout(now).flatMap((dial) => this.#handleDialFailed(dial, now) ?? []);
  }

  /** How many more connections there may be. */
  get #room(): number {
    return CONNECTIONS_MAX - this.#deps.members.connectionCount - this.#lobby.size;
  }

  #handleArrived(
    connection: ConnectionId,
    { infoHash, arrival, rest, dial }: Extract<LobbyResult, { type: "arrived" }>,
    now: Millis,
  ): Member | undefined {
    const { members, reachability } = this.#deps;
    const torrent = members.get(infoHash);
    if (torrent?.isOpen !== true) {
      this.#close(connection);
      return dial === undefined ? undefined : this.#handleDialFailed(dial, now);
    }
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
