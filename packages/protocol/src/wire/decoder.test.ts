import { concatBytes, fromHex } from "@torrential/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PeerError } from "../peer-error.ts";
import { WireDecoder } from "./decoder.ts";
import { encodeMessage, WireWriter } from "./encoder.ts";
import type { OutgoingMessage, WireMessage } from "./messages.ts";
import { RecordingSink } from "./recording-sink.ts";
import type { RecordedBlock } from "./recording-sink.ts";

type Seen = WireMessage | RecordedBlock;

function bytesOf(hex: string): Uint8Array {
  return fromHex(hex.replaceAll(" ", ""));
}

/** Message, and what it is on the wire. */
const VECTORS: readonly (readonly [OutgoingMessage, string])[] = [
  [{ type: "keep-alive" }, "00000000"],
  [{ type: "choke" }, "00000001 00"],
  [{ type: "unchoke" }, "00000001 01"],
  [{ type: "interested" }, "00000001 02"],
  [{ type: "not-interested" }, "00000001 03"],
  [{ type: "have", piece: 0x010203 }, "00000005 04 00010203"],
  [{ type: "bitfield", bytes: Uint8Array.of(0xff, 0x80) }, "00000003 05 ff80"],
  [{ type: "request", piece: 1, begin: 0x4000, length: 0x4000 }, "0000000d 06 00000001 00004000 00004000"],
  [{ type: "cancel", piece: 0xfffffffe, begin: 0, length: 1 }, "0000000d 08 fffffffe 00000000 00000001"],
  [{ type: "port", port: 6881 }, "00000003 09 1ae1"],
  [{ type: "suggest", piece: 7 }, "00000005 0d 00000007"],
  [{ type: "have-all" }, "00000001 0e"],
  [{ type: "have-none" }, "00000001 0f"],
  [{ type: "reject", piece: 2, begin: 3, length: 4 }, "0000000d 10 00000002 00000003 00000004"],
  [{ type: "allowed-fast", piece: 0xffffffff }, "00000005 11 ffffffff"],
  [{ type: "extended", id: 0, payload: bytesOf("6465") }, "00000004 14 00 6465"],
  [{ type: "extended", id: 3, payload: new Uint8Array(0) }, "00000002 14 03"],
];

function decode(chunks: readonly Uint8Array[], options: { readonly pieceCount?: number } = {}): readonly Seen[] {
  const sink = new RecordingSink();
  const decoder = new WireDecoder(options);
  for (const chunk of chunks) {
    const shared = chunk.slice();
    decoder.receive(shared, sink);
    shared.fill(0xee); // The read buffer belongs to the next connection now.
  }
  return sink.seen;
}

function failure(bytes: Uint8Array | string, options: { readonly pieceCount?: number } = {}): PeerError {
  try {
    decode([typeof bytes === "string" ? bytesOf(bytes) : bytes], options);
  } catch (error) {
    if (error instanceof PeerError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** Every kind of message, short and long, one after the other, and what they are. */
function recordSession(): { readonly bytes: Uint8Array; readonly seen: readonly Seen[] } {
  const parts = VECTORS.map(([, hex]) => bytesOf(hex));
  const seen: Seen[] = VECTORS.map(([message]) => message);
  const block = Uint8Array.from({ length: 37 }, (_, i) => i + 1);
  const writer = new WireWriter();
  writer.pieceHeader(9, 0x8000, block.length);
  parts.push(writer.take(), block, bytesOf("00000004 63 aabbcc"), bytesOf("00000001 63"));
  seen.push({ type: "piece", piece: 9, begin: 0x8000, bytes: block });
  seen.push({ type: "unknown", id: 0x63, payloadLength: 3 }, { type: "unknown", id: 0x63, payloadLength: 0 });
  const payload = Uint8Array.from({ length: 60 }, (_, i) => 255 - i);
  parts.push(encodeMessage({ type: "extended", id: 1, payload }), bytesOf("00000001 01"));
  seen.push({ type: "extended", id: 1, payload }, { type: "unchoke" });
  return { bytes: concatBytes(parts), seen };
}

describe("wire decoder", () => {
  it.each(VECTORS)("reads and writes %j", (message, hex) => {
    expect(encodeMessage(message)).toEqual(bytesOf(hex));
    expect(decode([bytesOf(hex)])).toEqual([message]);
  });

  it("reads a session alike at every split point", () => {
    const { bytes, seen } = recordSession();
    expect(decode([bytes])).toEqual(seen);
    for (let at = 0; at <= bytes.length; at++) {
      expect(decode([bytes.subarray(0, at), bytes.subarray(at)]), `split at ${at}`).toEqual(seen);
    }
  });

  it("reads a session alike in chunks of every size", () => {
    const { bytes, seen } = recordSession();
    for (let size = 1; size <= 64; size++) {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      expect(decode(chunks), `chunks of ${size}`).toEqual(seen);
    }
  });

  it("drops a block that has no target, and says so", () => {
    const sink = new RecordingSink();
    sink.dropsBlocks = true;
    const decoder = new WireDecoder();
    decoder.receive(bytesOf("0000000b 07 00000001 00000002 aabb 00000001 00"), sink);
    expect(sink.seen).toEqual([{ type: "piece", piece: 1, begin: 2, bytes: new Uint8Array(0) }, { type: "choke" }]);
    expect(decoder.payloadBytes).toBe(2);
    expect(decoder.protocolBytes).toBe(18);
  });

  it("lets a payload of a megabyte arrive in small parts", () => {
    const payload = Uint8Array.from({ length: 1024 * 1024 - 2 }, (_, i) => i);
    const bytes = encodeMessage({ type: "extended", id: 2, payload });
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += 9999) chunks.push(bytes.subarray(at, at + 9999));
    const [message] = decode(chunks);
    expect(message?.type === "extended" && Buffer.compare(message.payload, payload)).toBe(0);
  });

  it("passes on what the sink throws", () => {
    const sink = new RecordingSink();
    sink.handleMessage = () => {
      throw new PeerError("flood", "enough", { bep: 3 });
    };
    expect(() => new WireDecoder().receive(bytesOf("00000000"), sink)).toThrow("enough");
  });
});

describe("wire decoder with a piece count", () => {
  it("takes a bitfield of exactly its size, without spare bits", () => {
    expect(decode([bytesOf("00000003 05 ffc0")], { pieceCount: 10 })).toHaveLength(1);
    expect(decode([bytesOf("00000003 05 ffff")], { pieceCount: 16 })).toHaveLength(1);
    expect(failure("00000003 05 ffe0", { pieceCount: 10 })).toMatchObject({ code: "bitfield-invalid", ban: false });
    expect(failure("00000002 05", { pieceCount: 10 })).toMatchObject({ code: "bitfield-invalid", bep: 3 });
    expect(failure("00000004 05", { pieceCount: 10 })).toMatchObject({ code: "bitfield-invalid" });
  });

  it("refuses a have beyond the last piece", () => {
    expect(decode([bytesOf("00000005 04 00000009")], { pieceCount: 10 })).toEqual([{ type: "have", piece: 9 }]);
    expect(failure("00000005 04 0000000a", { pieceCount: 10 })).toMatchObject({ code: "piece-out-of-range", bep: 3 });
  });

  it("learns the count in the middle of a connection", () => {
    const sink = new RecordingSink();
    const decoder = new WireDecoder();
    decoder.receive(bytesOf("00000005 04 0000000a 00000003 05 ff"), sink);
    decoder.setPieceCount(10);
    expect(() => decoder.receive(bytesOf("ff"), sink)).toThrow(PeerError);
    expect(sink.seen).toEqual([{ type: "have", piece: 10 }]);
  });

  it("bounds have and bitfield by 2 Mi pieces while it is unknown", () => {
    expect(failure("00000005 04 00200000").code).toBe("piece-out-of-range");
    expect(failure("00040002 05").code).toBe("message-too-long");
    expect(decode([bytesOf("00040001 05")])).toEqual([]);
  });
});

describe("message lengths", () => {
  it.each([
    ["choke", "00000002 00", "message-length", 3],
    ["not-interested", "00000002 03", "message-length", 3],
    ["have", "00000004 04", "message-length", 3],
    ["request", "0000000e 06", "message-length", 3],
    ["cancel", "0000000c 08", "message-length", 3],
    ["empty piece", "00000009 07", "message-length", 3],
    ["piece of more than 128 KiB", "0002000a 07", "message-too-long", 3],
    ["port", "00000005 09", "message-length", 5],
    ["suggest", "00000001 0d", "message-length", 6],
    ["have-all", "00000002 0e", "message-length", 6],
    ["reject", "00000005 10", "message-length", 6],
    ["extended without id", "00000001 14", "message-length", 10],
    ["extended of more than 1 MiB", "00100001 14", "message-too-long", 10],
    ["extension handshake of more than 64 KiB", "00010001 14 00", "message-too-long", 10],
    ["hash request", "00000030 15", "message-length", 52],
    ["hashes", "00080001 16", "message-too-long", 52],
    ["unknown of more than 1 MiB", "00100001 63", "message-too-long", 3],
    ["length with the top bit set", "80000000 63", "message-too-long", 3],
  ])("are checked as soon as the id is there: %s", (_name, hex, code, bep) => {
    expect(failure(hex)).toMatchObject({ code, bep, ban: false });
  });

  it("may be as long as their limit", () => {
    for (const hex of ["00020009 07", "00100000 14 01", "00010000 14 00", "00080000 16", "00100000 63"]) {
      expect(decode([bytesOf(hex)]).length).toBeLessThanOrEqual(1);
    }
  });
});

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const range = { piece: u32, begin: u32, length: u32 };
const payload = fc.uint8Array({ maxLength: 200 });

function empty(type: OutgoingMessage["type"]): fc.Arbitrary<Seen> {
  return fc.constant({ type } as Seen);
}

const anyMessage: fc.Arbitrary<Seen> = fc.oneof(
  fc.oneof(empty("keep-alive"), empty("choke"), empty("unchoke"), empty("interested"), empty("not-interested")),
  fc.oneof(empty("have-all"), empty("have-none")),
  fc.record({ type: fc.constant("have" as const), piece: fc.nat({ max: 2 ** 21 - 1 }) }),
  fc.record({ type: fc.constantFrom("suggest" as const, "allowed-fast" as const), piece: u32 }),
  fc.record({ type: fc.constantFrom("request" as const, "cancel" as const, "reject" as const), ...range }),
  fc.record({ type: fc.constant("bitfield" as const), bytes: payload }),
  fc.record({ type: fc.constant("port" as const), port: fc.nat({ max: 65_535 }) }),
  fc.record({ type: fc.constant("extended" as const), id: fc.nat({ max: 255 }), payload }),
  fc.record({
    type: fc.constant("piece" as const),
    piece: u32,
    begin: u32,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 200 }),
  }),
);

function encode(messages: readonly Seen[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const message of messages) {
    if (message.type === "unknown") continue;
    if (message.type !== "piece") {
      parts.push(encodeMessage(message));
      continue;
    }
    const writer = new WireWriter();
    writer.pieceHeader(message.piece, message.begin, message.bytes.length);
    parts.push(writer.take(), message.bytes);
  }
  return concatBytes(parts);
}

function split(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const ends = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b);
  const starts = [0, ...ends];
  return starts.map((start, i) => bytes.subarray(start, ends[i] ?? bytes.length));
}

describe("wire codec", () => {
  it("gives back any messages at any splits", () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 30 }), fc.array(fc.nat(), { maxLength: 40 }), (messages, cuts) => {
        expect(decode(split(encode(messages), cuts))).toEqual(messages);
      }),
    );
  });

  it("fails on any garbage alike, whatever the splits", () => {
    const outcome = (chunks: readonly Uint8Array[]): unknown => {
      const sink = new RecordingSink();
      const decoder = new WireDecoder({ pieceCount: 100 });
      try {
        for (const chunk of chunks) decoder.receive(chunk, sink);
        return sink.seen;
      } catch (error) {
        if (!(error instanceof PeerError)) throw error;
        return [sink.seen, error.code];
      }
    };
    const smallLengths = fc.uint8Array({ maxLength: 24 }).map((tail) => concatBytes([new Uint8Array(3), tail]));
    const garbage = fc.array(smallLengths, { maxLength: 6 }).map(concatBytes);
    fc.assert(
      fc.property(garbage, fc.array(fc.nat(), { maxLength: 20 }), (bytes, cuts) => {
        expect(outcome(split(bytes, cuts))).toEqual(outcome([bytes]));
      }),
    );
  });
});
