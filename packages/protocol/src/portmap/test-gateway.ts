/** For tests: a gateway that speaks NAT-PMP, PCP or both, and is as silent or unwilling as it is told. */
import { toHex } from "@torrential/core";

export interface TestGatewayOptions {
  readonly speaks: "pcp" | "nat-pmp" | "nothing";
  /** Result of every mapping. */
  result?: number;
  externalPort?: number;
  lifetimeSeconds?: number;
}

export class TestGateway {
  readonly options: TestGatewayOptions;
  readonly seen: string[] = [];
  /** When its clock began. */
  startedAt = 0;

  constructor(options: TestGatewayOptions) {
    this.options = options;
  }

  /** The answer to a datagram, undefined for none. */
  answer(bytes: Uint8Array, now: number): Uint8Array | undefined {
    this.seen.push(toHex(bytes));
    const { speaks } = this.options;
    if (speaks === "nothing") return undefined;
    if (bytes[0] === 2) return speaks === "pcp" ? this.#pcp(bytes, now) : Uint8Array.of(0, 0x80 | 1, 0, 1, 0, 0, 0, 0);
    return bytes[1] === 0 ? this.#address(now) : this.#natPmp(bytes, now);
  }

  #epoch(now: number): number {
    return Math.floor((now - this.startedAt) / 1_000) + 100;
  }

  #address(now: number): Uint8Array {
    const answer = Uint8Array.of(0, 0x80, 0, 0, 0, 0, 0, 0, 45, 67, 89, 10);
    new DataView(answer.buffer).setUint32(4, this.#epoch(now));
    return answer;
  }

  #natPmp(bytes: Uint8Array, now: number): Uint8Array {
    const answer = new Uint8Array(16);
    const view = new DataView(answer.buffer);
    answer.set(bytes.subarray(4, 8), 8);
    answer[1] = 0x80 | (bytes[1] ?? 0);
    view.setUint16(2, this.options.result ?? 0);
    view.setUint32(4, this.#epoch(now));
    if (this.options.externalPort !== undefined) view.setUint16(10, this.options.externalPort);
    view.setUint32(12, this.options.lifetimeSeconds ?? new DataView(bytes.buffer, bytes.byteOffset).getUint32(8));
    return answer;
  }

  #pcp(bytes: Uint8Array, now: number): Uint8Array {
    const answer = bytes.slice();
    const view = new DataView(answer.buffer);
    answer[1] = 0x81;
    answer[3] = this.options.result ?? 0;
    if (this.options.lifetimeSeconds !== undefined) view.setUint32(4, this.options.lifetimeSeconds);
    answer.fill(0, 8, 24);
    view.setUint32(8, this.#epoch(now));
    if (this.options.externalPort !== undefined) view.setUint16(42, this.options.externalPort);
    answer.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 45, 67, 89, 10], 44);
    return answer;
  }
}
