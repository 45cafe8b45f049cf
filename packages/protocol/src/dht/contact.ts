/** A node as others tell of it: id and endpoint, and the compact forms of BEP 5 and BEP 32. */
import { decodeCompactPeers, encodeCompactPeers, type Endpoint } from "@torrential/core";
import { ID_LENGTH } from "./node-id.ts";

export interface Contact {
  /** 20 bytes. */
  readonly id: Uint8Array;
  readonly endpoint: Endpoint;
}

/** Bytes of one node in `nodes` and in `nodes6`. */
export const COMPACT_NODE_LENGTH = { 4: 26, 6: 38 } as const;

/** Up to `max` nodes; undefined when the length is not a whole number of them. Ids are copies. */
export function decodeContacts(bytes: Uint8Array, family: 4 | 6, max: number): Contact[] | undefined {
  const length = COMPACT_NODE_LENGTH[family];
  if (bytes.length % length !== 0) return undefined;
  const contacts: Contact[] = [];
  for (let at = 0; at < bytes.length && contacts.length < max; at += length) {
    // Port 0 makes no endpoint.
    const [endpoint] = decodeCompactPeers(bytes.subarray(at + ID_LENGTH, at + length), family);
    if (endpoint?.family === family) contacts.push({ id: bytes.slice(at, at + ID_LENGTH), endpoint });
  }
  return contacts;
}

/** The compact form of the contacts of one family; the others are left out. */
export function encodeContacts(contacts: readonly Contact[], family: 4 | 6): Uint8Array {
  const chosen = contacts.filter(({ endpoint }) => endpoint.family === family);
  const length = COMPACT_NODE_LENGTH[family];
  const bytes = new Uint8Array(chosen.length * length);
  for (const [i, { id, endpoint }] of chosen.entries()) {
    bytes.set(id, i * length);
    bytes.set(encodeCompactPeers([endpoint], family), i * length + ID_LENGTH);
  }
  return bytes;
}
