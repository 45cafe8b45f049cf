/** The connections of one process: numbers to streams and back, each with a tap that reads along. */
import type { Endpoint } from "@torrential/core";
import type { CloseReason, NetworkCommand, Session } from "@torrential/engine";
import type { SimNode } from "./node.ts";
import type { StreamEnd, StreamHandler } from "./stream.ts";
import { WireTap } from "./wire-tap.ts";

export interface NodeStreamsOptions {
  readonly node: SimNode;
  readonly session: Session;
  readonly input: (
    kind: string,
    values: readonly (number | string | Uint8Array)[],
    run: (session: Session, now: number) => void,
  ) => void;
}

export class NodeStreams {
  readonly #options: NodeStreamsOptions;
  readonly #ends = new Map<number, { readonly end: StreamEnd; readonly tap: WireTap }>();
  readonly #seen = new Set<number>();

  constructor(options: NodeStreamsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#ends.size;
  }

  accept(end: StreamEnd, remote: Endpoint): StreamHandler {
    const { input, session } = this.#options;
    const connection = session.nextId();
    const handler = this.#bind(connection, end);
    input("incoming", [connection, remote.address], (each, now) => each.handleIncoming(connection, remote, now));
    return handler;
  }

  obey(command: NetworkCommand): void {
    const { node } = this.#options;
    if (command.type === "connect") return this.#connect(command);
    const bound = this.#ends.get(command.connection);
    // The engine may speak to a connection whose end it has not heard of yet, never to one that it has.
    if (bound === undefined) return node.fail(`${command.type} for connection ${command.connection}, which has ended`);
    switch (command.type) {
      case "transmit":
        for (const chunk of command.chunks) bound.tap.handleSent(chunk);
        return bound.end.transmit(command.chunks);
      case "pause-reading":
        return bound.end.pauseReading();
      case "resume-reading":
        return bound.end.resumeReading();
      case "close":
        return bound.end.close();
      default:
        return command satisfies never;
    }
  }

  #connect(command: Extract<NetworkCommand, { readonly type: "connect" }>): void {
    const { node } = this.#options;
    const { connection, endpoint } = command;
    if (this.#seen.has(connection)) node.fail(`connection ${connection} is used twice`);
    // The stream calls back from later events only, when its handler is bound.
    const handler = new LateHandler();
    const end = node.world.network.connect(node.host, endpoint, handler);
    handler.target = this.#bind(connection, end);
  }

  #bind(connection: number, end: StreamEnd): StreamHandler {
    const { node, input } = this.#options;
    this.#seen.add(connection);
    const tap = new WireTap({
      findTorrent: (infoHash) => node.truth.find(infoHash),
      handleClaim: (torrent, piece) => node.truth.checkClaim(torrent.id, piece),
      usesDht: (torrent) => node.dht !== undefined && !node.truth.isKnownPrivate(torrent.id),
      isKnownPrivate: (torrent) => node.truth.isKnownPrivate(torrent.id),
      handleViolation: (message) => node.fail(`${message} (to ${end.remote.address})`),
      handleBlockSent: (length) => node.truth.noteSent(length),
      handleBlockReceived: (torrent, { piece, length }) =>
        node.truth.noteReceived(torrent.id, { piece, length }, end.remote.address),
    });
    this.#ends.set(connection, { end, tap });
    return {
      handleConnected: () =>
        input("connected", [connection], (session, now) => session.handleConnected(connection, now)),
      handleData: (chunk) => {
        tap.handleReceived(chunk);
        input("data", [connection, chunk], (session, now) => session.handleData(connection, chunk, now));
      },
      handleTransmitted: (bytes) =>
        input("transmitted", [connection, bytes], (session, now) => session.handleTransmitted(connection, bytes, now)),
      handleClosed: (reason: CloseReason) => {
        this.#ends.delete(connection);
        input("closed", [connection, reason], (session, now) => session.handleClosed(connection, reason, now));
      },
    };
  }
}

class LateHandler implements StreamHandler {
  target: StreamHandler | undefined;

  handleConnected(): void {
    this.target?.handleConnected();
  }

  handleData(chunk: Uint8Array): void {
    this.target?.handleData(chunk);
  }

  handleTransmitted(bytes: number): void {
    this.target?.handleTransmitted(bytes);
  }

  handleClosed(reason: CloseReason): void {
    this.target?.handleClosed(reason);
  }
}
