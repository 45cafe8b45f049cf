/** What a DHT node remembers between runs: its ids and the nodes it knew, as bencode with a version. */
import { BDict, decodeBencode, encodeBencode, TorrentialError } from "@torrential/core";
import { bytesField, intField } from "../fields.ts";
import { type Contact, decodeContacts, encodeContacts } from "./contact.ts";
import { ID_LENGTH } from "./node-id.ts";

const VERSION = 1;
const STATE_LENGTH_MAX = 65_536;
const NODES_MAX = 200;

export interface SavedSocket {
  readonly family: 4 | 6;
  /** 20 bytes. */
  readonly id: Uint8Array;
  readonly nodes: readonly Contact[];
}

export function encodeDhtState(sockets: readonly SavedSocket[]): Uint8Array {
  return encodeBencode({
    version: VERSION,
    sockets: sockets.map(({ family, id, nodes }) => ({
      family,
      id,
      nodes: encodeContacts(nodes.slice(0, NODES_MAX), family),
    })),
  });
}

/** Nothing for what is damaged or of another version: the network can be found again. */
export function decodeDhtState(bytes: Uint8Array): readonly SavedSocket[] {
  try {
    const dict = decodeBencode(bytes, { maxBytes: STATE_LENGTH_MAX, maxDepth: 5 });
    if (!(dict instanceof BDict) || intField(dict, "version", VERSION, VERSION) === undefined) return [];
    const list = dict.get("sockets");
    return (Array.isArray(list) ? list : []).flatMap((each) => (each instanceof BDict ? decodeSocket(each) : []));
  } catch (error) {
    if (error instanceof TorrentialError) return [];
    throw error;
  }
}

function decodeSocket(dict: BDict): readonly SavedSocket[] {
  const family = intField(dict, "family", 4, 6);
  const id = bytesField(dict, "id");
  if ((family !== 4 && family !== 6) || id?.length !== ID_LENGTH) return [];
  const nodes = decodeContacts(bytesField(dict, "nodes") ?? new Uint8Array(), family, NODES_MAX) ?? [];
  return [{ family, id: id.slice(), nodes }];
}
