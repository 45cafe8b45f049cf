/** The datagrams of NAT-PMP (RFC 6886) and of PCP's MAP (RFC 6887), both at the gateway's port 5351. Big-endian. */
import { canonicalIp, parseIp } from "@torrential/core";
import type { MapProtocol } from "./types.ts";

export const PMP_PORT = 5_351;
/** Gateways announce restarts to all hosts (224.0.0.1 or ff02::1) at this port. */
export const PMP_ANNOUNCE_PORT = 5_350;

export interface MapRequest {
  readonly protocol: MapProtocol;
  readonly internalPort: number;
  /** 0 for no preference. */
  readonly externalPort: number;
  /** 0 deletes. */
  readonly lifetimeSeconds: number;
}

export interface PcpMapRequest extends MapRequest {
  /** Our own address, to which the gateway would send. */
  readonly clientAddress: string;
  /** 12 bytes, kept as long as the mapping is. */
  readonly nonce: Uint8Array;
  /** The external address that we had; undefined for no preference. */
  readonly externalAddress: string | undefined;
}

export type PmpAnswer =
  | { readonly type: "nat-pmp-address"; readonly result: number; readonly epoch: number; readonly address: string }
  | ({ readonly type: "nat-pmp-map"; readonly result: number; readonly epoch: number } & MapRequest)
  | ({
      readonly type: "pcp-map";
      readonly result: number;
      readonly epoch: number;
      readonly nonce: Uint8Array;
      readonly address: string;
    } & MapRequest)
  | { readonly type: "pcp-announce"; readonly result: number; readonly epoch: number }
  /** The gateway does not speak the version that it was asked in; `version` is the one that it answers in. */
  | { readonly type: "unsupported-version"; readonly version: number };

const NAT_PMP_VERSION = 0;
const PCP_VERSION = 2;
const PCP_OPCODE_MAP = 1;
const RESPONSE_BIT = 0x80;
const UNSUPPORTED_VERSION = 1;
/** IANA's protocol numbers. */
const PROTOCOL_NUMBER: Readonly<Record<MapProtocol, number>> = { tcp: 6, udp: 17 };
const NAT_PMP_OPCODE: Readonly<Record<MapProtocol, number>> = { udp: 1, tcp: 2 };

/** RFC 6886, 3.2. */
export function encodeAddressRequest(): Uint8Array {
  return Uint8Array.of(NAT_PMP_VERSION, 0);
}

/** RFC 6886, 3.3. */
export function encodeNatPmpMap(request: MapRequest): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  bytes[1] = NAT_PMP_OPCODE[request.protocol];
  view.setUint16(4, request.internalPort);
  view.setUint16(6, request.externalPort);
  view.setUint32(8, request.lifetimeSeconds);
  return bytes;
}

/** RFC 6887, 7.1 and 11.1. */
export function encodePcpMap(request: PcpMapRequest): Uint8Array {
  const bytes = new Uint8Array(60);
  const view = new DataView(bytes.buffer);
  bytes[0] = PCP_VERSION;
  bytes[1] = PCP_OPCODE_MAP;
  view.setUint32(4, request.lifetimeSeconds);
  bytes.set(toIpv6(request.clientAddress), 8);
  bytes.set(request.nonce, 24);
  bytes[36] = PROTOCOL_NUMBER[request.protocol];
  view.setUint16(40, request.internalPort);
  view.setUint16(42, request.externalPort);
  const isIpv4 = !request.clientAddress.includes(":");
  bytes.set(toIpv6(request.externalAddress ?? (isIpv4 ? "0.0.0.0" : "::")), 44);
  return bytes;
}

/** Reads an answer or an announcement; undefined for what is none. */
export function decodePmpAnswer(bytes: Uint8Array): PmpAnswer | undefined {
  if (bytes.length < 4 || bytes.length > 1_100 || ((bytes[1] ?? 0) & RESPONSE_BIT) === 0) return undefined;
  if (bytes[0] === NAT_PMP_VERSION) return decodeNatPmp(bytes);
  return bytes[0] === PCP_VERSION ? decodePcp(bytes) : undefined;
}

function decodeNatPmp(bytes: Uint8Array): PmpAnswer | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const opcode = (bytes[1] ?? 0) & ~RESPONSE_BIT;
  const result = view.getUint16(2);
  if (result === UNSUPPORTED_VERSION) return { type: "unsupported-version", version: NAT_PMP_VERSION };
  if (bytes.length < 8) return undefined;
  const epoch = view.getUint32(4);
  if (opcode === 0) {
    if (bytes.length < 12) return undefined;
    return { type: "nat-pmp-address", result, epoch, address: bytes.subarray(8, 12).join(".") };
  }
  if (opcode > 2 || bytes.length < 16) return undefined;
  return {
    type: "nat-pmp-map",
    result,
    epoch,
    protocol: opcode === NAT_PMP_OPCODE.tcp ? "tcp" : "udp",
    internalPort: view.getUint16(8),
    externalPort: view.getUint16(10),
    lifetimeSeconds: view.getUint32(12),
  };
}

function decodePcp(bytes: Uint8Array): PmpAnswer | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const opcode = (bytes[1] ?? 0) & ~RESPONSE_BIT;
  const result = bytes[3] ?? 0;
  if (result === UNSUPPORTED_VERSION) return { type: "unsupported-version", version: PCP_VERSION };
  if (bytes.length < 24) return undefined;
  const epoch = view.getUint32(8);
  if (opcode === 0) return { type: "pcp-announce", result, epoch };
  if (opcode !== PCP_OPCODE_MAP || bytes.length < 60) return undefined;
  const protocol = (["tcp", "udp"] as const).find((each) => PROTOCOL_NUMBER[each] === bytes[36]);
  const address = canonicalIp(bytes.slice(44, 60));
  if (protocol === undefined || address === undefined) return undefined;
  return {
    type: "pcp-map",
    result,
    epoch,
    nonce: bytes.slice(24, 36),
    protocol,
    internalPort: view.getUint16(40),
    externalPort: view.getUint16(42),
    lifetimeSeconds: view.getUint32(4),
    address,
  };
}

/** RFC 6887, 5: IPv4 addresses are mapped. */
function toIpv6(address: string): Uint8Array {
  const bytes = parseIp(address) ?? new Uint8Array(16);
  if (bytes.length === 16) return bytes;
  return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...bytes);
}

/** RFC 6886, 3.5. */
const NAT_PMP_RESULTS: Readonly<Record<number, string>> = {
  2: "the gateway does not permit it",
  3: "the gateway has no outside address",
  4: "the gateway has no port left",
  5: "the gateway does not know this operation",
};

/** RFC 6887, 7.4. */
const PCP_RESULTS: Readonly<Record<number, string>> = {
  2: "the gateway does not permit it",
  3: "the gateway could not read the request",
  4: "the gateway does not map ports",
  7: "the gateway's network is down",
  8: "the gateway has no port left",
  9: "the gateway does not map this protocol",
  10: "we have as many mappings as the gateway allows",
  11: "the gateway cannot give the port that was asked for",
  12: "there is another gateway between this one and us",
};

/** A result code that is not 0, as the end of a sentence. */
export function describePmpResult(method: "pcp" | "nat-pmp", result: number): string {
  const known = (method === "pcp" ? PCP_RESULTS : NAT_PMP_RESULTS)[result];
  return known ?? `the gateway refuses (${method} result ${result})`;
}
