/**
 * A peer that has nothing, and knows somebody who has: it shakes hands, offers ut_pex (BEP 11) and names one endpoint.
 * By hand, like the other raw peers.
 */
import { type Server, type Socket, connect, createServer } from "node:net";
import { bencode } from "./bencode.ts";
import { WireReader, encodeFrame, encodeHandshake } from "./raw-wire.ts";

const EXTENDED_ID = 20;
const OWN_PEX_ID = 1;
const EXTENSION_BIT = 0x10;
const RESERVED_OFFSET = 20;

interface HostPort {
  readonly address: string;
  readonly port: number;
}

export class RawIntroducer implements AsyncDisposable {
  /** Connections to whom the endpoint was named. */
  told = 0;
  /** Peer exchange messages that came. */
  heard = 0;
  readonly #infoHash: string;
  readonly #named: HostPort;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #port = 0;

  private constructor(infoHash: string, named: HostPort) {
    this.#infoHash = infoHash;
    this.#named = named;
    this.#server = createServer((socket) => this.#handleSocket(socket, false));
  }

  /** Tells everybody of `named`. */
  static async start(address: string, infoHash: string, named: HostPort): Promise<RawIntroducer> {
    const introducer = new RawIntroducer(infoHash, named);
    await new Promise<void>((resolve, reject) => {
      introducer.#server.once("error", reject);
      introducer.#server.listen({ host: address, port: 0 }, resolve);
    });
    const bound = introducer.#server.address();
    if (bound === null || typeof bound === "string") throw new Error("The introducer has no port");
    introducer.#port = bound.port;
    return introducer;
  }

  get port(): number {
    return this.#port;
  }

  /** Goes to somebody by itself, from `localAddress`. */
  dial({ address, port }: HostPort, localAddress: string): void {
    const socket = connect({ host: address, port, localAddress });
    socket.once("connect", () => this.#handleSocket(socket, true));
    socket.on("error", () => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #handleSocket(socket: Socket, isDialling: boolean): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => this.#sockets.delete(socket));
    const greet = (): void => {
      const handshake = encodeHandshake(this.#infoHash, "-RI0001-");
      handshake[RESERVED_OFFSET + 5] = EXTENSION_BIT;
      socket.write(handshake);
      socket.write(encodeExtended(0, bencode({ m: { ut_pex: OWN_PEX_ID }, v: "introducer" })));
    };
    if (isDialling) greet();
    const reader = new WireReader();
    socket.on("data", (chunk: Buffer) => {
      for (const frame of reader.read(chunk)) {
        if (frame.type === "handshake" && !isDialling) greet();
        if (frame.type === "message" && frame.id === EXTENDED_ID) this.#handleExtended(socket, frame.payload);
      }
    });
  }

  #handleExtended(socket: Socket, payload: Buffer): void {
    if (payload[0] === OWN_PEX_ID) this.heard += 1;
    const id = /6:ut_pexi(\d+)e/.exec(payload.toString("latin1"))?.[1];
    if (payload[0] !== 0 || id === undefined) return;
    socket.write(encodeExtended(Number(id), bencode(this.#message())));
    this.told += 1;
  }

  #message(): Record<string, Uint8Array> {
    const { address, port } = this.#named;
    const flags = Buffer.of(0x12); // a seed that can be reached
    const compact = Buffer.concat([addressBytes(address), Buffer.of(port >> 8, port & 255)]);
    return address.includes(":") ? { added6: compact, "added6.f": flags } : { added: compact, "added.f": flags };
  }
}

function encodeExtended(id: number, payload: Uint8Array): Buffer {
  return encodeFrame(EXTENDED_ID, Buffer.concat([Buffer.of(id), payload]));
}

function addressBytes(address: string): Buffer {
  if (!address.includes(":")) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail = ""] = address.split("::");
  const groups = (text: string): number[] => (text === "" ? [] : text.split(":").map((it) => Number.parseInt(it, 16)));
  const zeros = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array.from({ length: zeros }, () => 0), ...groups(tail)];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]));
}
