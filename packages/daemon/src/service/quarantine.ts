/** Torrents whose record cannot be read: shown all the same, with what their metadata still says (PROMISES C23). */
import { type InfoHash, type Metainfo, parseInfoHash } from "@torrential/core";
import { GLOBAL_SHARE_LIMITS } from "../state/records.ts";
import { parseStoredMetainfo } from "../state/stored-metainfo.ts";
import { factsOf } from "./adding.ts";
import type { ServiceContext } from "./context.ts";
import { type Entry, makeEntry } from "./entry.ts";
import { downloadFolder } from "./paths.ts";
import { readMetadata, type Unreadable } from "./saving.ts";

/** Undefined when not even its info-hash is one. */
export function makeQuarantined(context: ServiceContext, unreadable: Unreadable): Entry | undefined {
  const infoHash = readInfoHash(unreadable.infoHash);
  if (infoHash === undefined || !Number.isSafeInteger(unreadable.id)) return undefined;
  const metainfo = readMetainfo(context, infoHash);
  const folder = downloadFolder(context.settings());
  const entry = makeEntry({
    id: unreadable.id,
    infoHash,
    infoHashV1: metainfo?.infoHashV1 ?? infoHash,
    infoHashV2: metainfo?.infoHashV2,
    magnet: undefined,
    facts: metainfo === undefined ? undefined : factsOf(metainfo),
    name: undefined,
    comment: undefined,
    addedAtMs: 0,
    intent: "stop",
    folder,
    currentFolder: folder,
    incompleteFolder: undefined,
    layout: "original",
    skipCheck: false,
    category: undefined,
    tags: [],
    isAutoManaged: false,
    limits: {},
    shareLimits: GLOBAL_SHARE_LIMITS,
    priority: 0,
    isSequential: false,
    isFirstLast: false,
    isSuperSeeding: false,
    peersMax: undefined,
    filePriorities: [],
    trackers: metainfo?.trackers ?? [],
    webSeeds: metainfo?.webSeeds ?? [],
    queueOrder: unreadable.id,
    stopWhen: undefined,
    recheckDue: false,
    renames: {},
  });
  entry.problem = {
    kind: "quarantined",
    code: "internal",
    message: `What was kept of it cannot be read: ${unreadable.message}`,
    remedy: "Set its folder and start it, or remove it and add it again.",
  };
  return entry;
}

function readInfoHash(text: string): InfoHash | undefined {
  try {
    return parseInfoHash(text);
  } catch {
    // Damaged beyond a name.
    return undefined;
  }
}

function readMetainfo({ store }: ServiceContext, infoHash: InfoHash): Metainfo | undefined {
  try {
    const bytes = readMetadata(store, infoHash);
    return bytes === undefined ? undefined : parseStoredMetainfo(bytes);
  } catch {
    // Damaged too.
    return undefined;
  }
}
