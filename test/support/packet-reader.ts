/** Every packet on `lo` while it runs, read by tshark and taken apart here: what a program says to whom, whatever it says of itself. */
import { randomUUID } from "node:crypto";
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { TestProcess } from "./process.ts";
import { waitFor } from "./wait-for.ts";

export interface Packet {
  readonly protocol: "tcp" | "udp" | "other";
  readonly source: string;
  readonly destination: string;
  /** All of it, headers too. */
  readonly bytes: Buffer;
}

const DISCARD_PORT = 9;
const PCAP_HEADER_LENGTH = 24;
const RECORD_HEADER_LENGTH = 16;
const ETHERNET_HEADER_LENGTH = 14;
const TYPE_IPV4 = 0x0800;

export class PacketReader implements AsyncDisposable {
  readonly #file: string;
  readonly #process: TestProcess;

  private constructor(file: string) {
    this.#file = file;
    this.#process = new TestProcess("tshark", ["-i", "lo", "-F", "pcap", "-w", file, "-q"]);
  }

  /** Writes to `file` until it is stopped. */
  static async start(file: string): Promise<PacketReader> {
    const reader = new PacketReader(file);
    await waitFor(() => /Capturing on/.test(reader.#process.stderr), {
      what: () => `tshark did not start; ${reader.#process.tail()}`,
    });
    return reader;
  }

  /** What was seen of IPv4, in order: all that was sent before, which a packet of our own shows. */
  async stop(): Promise<readonly Packet[]> {
    const mark = randomUUID();
    const socket = createSocket("udp4");
    await waitFor(
      () => {
        socket.send(mark, DISCARD_PORT, "127.0.0.1");
        return readFileSync(this.#file).includes(mark);
      },
      { what: () => `tshark does not write; ${this.#process.tail()}`, intervalMs: 100 },
    );
    socket.close();
    this.#process.signal("SIGINT");
    await this.#process.waitForExit(30_000);
    return [...readPackets(readFileSync(this.#file))];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.kill();
  }
}

function* readPackets(pcap: Buffer): Generator<Packet> {
  for (let at = PCAP_HEADER_LENGTH; at + RECORD_HEADER_LENGTH <= pcap.length;) {
    const length = pcap.readUInt32LE(at + 8);
    const begin = at + RECORD_HEADER_LENGTH;
    const frame = pcap.subarray(begin, begin + length);
    at = begin + length;
    if (frame.length < ETHERNET_HEADER_LENGTH + 20 || frame.readUInt16BE(12) !== TYPE_IPV4) continue;
    const bytes = frame.subarray(ETHERNET_HEADER_LENGTH);
    const address = (offset: number): string => bytes.subarray(offset, offset + 4).join(".");
    const protocol = bytes[9] === 6 ? "tcp" : bytes[9] === 17 ? "udp" : "other";
    yield { protocol, source: address(12), destination: address(16), bytes };
  }
}
