/**
 * What is kept of each torrent, as JSON documents. A document that lacks what every version wrote cannot be used; what
 * later versions added has a default, so that older documents read as they were meant.
 */
import { type FileLayout, parseInfoHash, type InfoHash, TorrentialError } from "@torrential/core";
import type { RateLimit, RunIntent, ShareLimits } from "../service/torrent-view.ts";
import { Fields } from "./fields.ts";

/** What the metainfo says, kept apart so that lists need not parse it. */
export interface TorrentFacts {
  readonly name: string;
  readonly sizeBytes: number;
  readonly fileCount: number;
  readonly pieceCount: number;
  readonly pieceLength: number;
  readonly isPrivate: boolean;
  readonly isSingleFile: boolean;
  readonly comment: string | undefined;
  readonly createdBy: string | undefined;
  readonly createdAtMs: number | undefined;
}

/** What users decide of a torrent. Every change of it is on disk before it is answered. */
export interface TorrentRecord {
  readonly id: number;
  readonly infoHash: InfoHash;
  readonly infoHashV1: string | undefined;
  readonly infoHashV2: string | undefined;
  /** Without metadata: where it is looked for. */
  readonly magnet: string | undefined;
  readonly facts: TorrentFacts | undefined;
  /** Given by the user. */
  readonly name: string | undefined;
  readonly comment: string | undefined;
  readonly addedAtMs: number;
  readonly intent: RunIntent;
  /** Where it belongs, and where it is now. */
  readonly folder: string;
  readonly currentFolder: string;
  /** Where it lies until all that is wanted is here. */
  readonly incompleteFolder: string | undefined;
  readonly layout: FileLayout;
  readonly category: string | undefined;
  readonly tags: readonly string[];
  readonly isAutoManaged: boolean;
  readonly limits: RateLimit;
  readonly shareLimits: ShareLimits;
  readonly priority: -1 | 0 | 1;
  readonly isSequential: boolean;
  readonly isFirstLast: boolean;
  readonly isSuperSeeding: boolean;
  readonly peersMax: number | undefined;
  /** By file index; empty while all are normal. */
  readonly filePriorities: readonly number[];
  readonly trackers: readonly (readonly string[])[];
  readonly webSeeds: readonly string[];
  /** Lower comes first. */
  readonly queueOrder: number;
  readonly stopWhen: "metadata" | "checked" | undefined;
  /** What its user believes to be there is hashed only before it is first sent. */
  readonly skipCheck: boolean;
  /** Everything is hashed before it is believed, once. */
  readonly recheckDue: boolean;
  /** Files with another name than the torrent gives them: path below the folder by file index. */
  readonly renames: Readonly<Record<string, string>>;
}

/** What moves by itself, saved every half a minute. */
export interface TorrentProgress {
  readonly wantedBytes: number;
  readonly verifiedBytes: number;
  readonly piecesHave: number;
  readonly downloadedBytes: number;
  readonly uploadedBytes: number;
  readonly wastedBytes: number;
  readonly startedAtMs: number | undefined;
  readonly completedAtMs: number | undefined;
  readonly activeAtMs: number | undefined;
  readonly seenCompleteAtMs: number | undefined;
  activeTimeMs: number;
  seedingTimeMs: number;
  readonly isComplete: boolean;
  readonly isLimitReached: boolean;
}

export const NO_PROGRESS: Readonly<TorrentProgress> = {
  wantedBytes: 0,
  verifiedBytes: 0,
  piecesHave: 0,
  downloadedBytes: 0,
  uploadedBytes: 0,
  wastedBytes: 0,
  startedAtMs: undefined,
  completedAtMs: undefined,
  activeAtMs: undefined,
  seenCompleteAtMs: undefined,
  activeTimeMs: 0,
  seedingTimeMs: 0,
  isComplete: false,
  isLimitReached: false,
};

export const GLOBAL_SHARE_LIMITS: ShareLimits = {
  ratio: "global",
  seedingTimeMs: "global",
  idleTimeMs: "global",
  match: "global",
  action: "global",
};

/** Throws TorrentialError "record-invalid" when the document is none of ours. */
export function parseTorrentRecord(text: string): TorrentRecord {
  const fields = Fields.parse(text);
  const folder = fields.text("folder");
  if (folder === undefined || !folder.startsWith("/")) {
    throw new TorrentialError(
      "record-invalid",
      `record: got the folder ${JSON.stringify(folder)}, wanted an absolute path`,
    );
  }
  return {
    id: fields.needInteger("id"),
    infoHash: parseInfoHash(fields.text("infoHash") ?? ""),
    infoHashV1: fields.text("infoHashV1"),
    infoHashV2: fields.text("infoHashV2"),
    magnet: fields.text("magnet"),
    facts: parseFacts(fields),
    name: fields.text("name"),
    comment: fields.text("comment"),
    addedAtMs: fields.needInteger("addedAtMs"),
    intent: fields.oneOf("intent", ["stop", "start", "force"]) ?? "stop",
    folder,
    currentFolder: fields.text("currentFolder") ?? folder,
    incompleteFolder: fields.text("incompleteFolder"),
    layout: fields.oneOf("layout", ["original", "subfolder", "no-subfolder"]) ?? "original",
    category: fields.text("category"),
    tags: fields.texts("tags"),
    isAutoManaged: fields.flag("isAutoManaged"),
    limits: parseRateLimit(fields.child("limits")),
    shareLimits: parseShareLimits(fields.child("shareLimits")),
    priority: fields.oneOf("priority", [-1, 0, 1]) ?? 0,
    isSequential: fields.flag("isSequential"),
    isFirstLast: fields.flag("isFirstLast"),
    isSuperSeeding: fields.flag("isSuperSeeding"),
    peersMax: fields.number("peersMax"),
    filePriorities: fields.numbers("filePriorities"),
    trackers: fields.textLists("trackers"),
    webSeeds: fields.texts("webSeeds"),
    queueOrder: fields.number("queueOrder") ?? 0,
    stopWhen: fields.oneOf("stopWhen", ["metadata", "checked"]),
    skipCheck: fields.flag("skipCheck"),
    recheckDue: fields.flag("recheckDue"),
    renames: fields.child("renames")?.allTexts() ?? {},
  };
}

function parseFacts(fields: Fields): TorrentFacts | undefined {
  const facts = fields.child("facts");
  if (facts === undefined) return undefined;
  return {
    name: facts.text("name") ?? "",
    sizeBytes: facts.needInteger("sizeBytes"),
    fileCount: facts.needInteger("fileCount"),
    pieceCount: facts.needInteger("pieceCount"),
    pieceLength: facts.needInteger("pieceLength"),
    isPrivate: facts.flag("isPrivate"),
    isSingleFile: facts.flag("isSingleFile"),
    comment: facts.text("comment"),
    createdBy: facts.text("createdBy"),
    createdAtMs: facts.number("createdAtMs"),
  };
}

/** Defaults for whatever does not read: progress is never worth more than a check. */
export function parseProgress(text: string): TorrentProgress {
  const fields = Fields.parse(text);
  return {
    wantedBytes: fields.number("wantedBytes") ?? 0,
    verifiedBytes: fields.number("verifiedBytes") ?? 0,
    piecesHave: fields.number("piecesHave") ?? 0,
    downloadedBytes: fields.number("downloadedBytes") ?? 0,
    uploadedBytes: fields.number("uploadedBytes") ?? 0,
    wastedBytes: fields.number("wastedBytes") ?? 0,
    startedAtMs: fields.number("startedAtMs"),
    completedAtMs: fields.number("completedAtMs"),
    activeAtMs: fields.number("activeAtMs"),
    seenCompleteAtMs: fields.number("seenCompleteAtMs"),
    activeTimeMs: fields.number("activeTimeMs") ?? 0,
    seedingTimeMs: fields.number("seedingTimeMs") ?? 0,
    isComplete: fields.flag("isComplete"),
    isLimitReached: fields.flag("isLimitReached"),
  };
}

export function parseRateLimit(fields: Fields | undefined): RateLimit {
  return { down: fields?.number("down"), up: fields?.number("up") };
}

export function parseShareLimits(fields: Fields | undefined): ShareLimits {
  const limit = (key: string): number | "global" | "none" =>
    fields?.number(key) ?? fields?.oneOf(key, ["global", "none"]) ?? "global";
  return {
    ratio: limit("ratio"),
    seedingTimeMs: limit("seedingTimeMs"),
    idleTimeMs: limit("idleTimeMs"),
    match: fields?.oneOf("match", ["any", "all", "global"]) ?? "global",
    action: fields?.oneOf("action", ["stop", "remove", "remove-data", "super-seed", "global"]) ?? "global",
  };
}
