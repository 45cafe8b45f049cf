/** `torrents/add`: files, magnet links, info-hashes and URLs in one form, with every parameter of 5.1. */
import { ServiceError } from "../../service/errors.ts";
import type { AddRequest, AddSource } from "../../service/service.ts";
import type { ShareLimit, ShareLimits } from "../../service/torrent-view.ts";
import { type Handler, QbError, type QbRequest, text } from "./http.ts";
import type { Params } from "./params.ts";

const OK = text("Ok.");
const FAILS = text("Fails.");
const MINUTE_MS = 60_000;

export const addTorrents: Handler = async (request, { service }) => {
  const sources = readSources(request);
  const options = readOptions(request.params);
  let added = 0;
  for (const { source, fileName } of sources) {
    try {
      await service.torrents.add({ ...options, source });
      added += 1;
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      // As in the original, what cannot be read as a torrent file ends it all.
      if (fileName !== undefined && error.code === "torrent-invalid") {
        throw new QbError(415, `Error: '${fileName}' is not a valid torrent file.`);
      }
    }
  }
  return added > 0 ? OK : FAILS;
};

interface Sent {
  readonly source: AddSource;
  /** Of an uploaded file. */
  readonly fileName?: string;
}

function readSources({ params, files }: QbRequest): readonly Sent[] {
  const cookie = params.text("cookie");
  const lines = params.list("urls", /[\r\n]+/);
  return [
    ...lines.map((line): Sent => ({ source: readLine(line, cookie) })),
    ...files.map(({ bytes, name }): Sent => ({ source: { type: "file", bytes }, fileName: name })),
  ];
}

function readLine(line: string, cookie: string | undefined): AddSource {
  if (!/^https?:\/\//i.test(line)) return { type: "magnet", uri: line };
  return cookie === undefined || cookie === "" ? { type: "url", url: line } : { type: "url", url: line, cookie };
}

function readOptions(params: Params): Omit<AddRequest, "source"> {
  const folder = nonEmpty(params.text("savepath"))?.trim();
  const isStopped = params.bool("stopped") ?? params.bool("paused");
  return {
    folder,
    incompleteFolder: readIncompleteFolder(params),
    category: nonEmpty(params.text("category")),
    tags: params.list("tags", ","),
    name: nonEmpty(params.text("rename"))?.trim(),
    intent:
      isStopped === true
        ? "stop"
        : params.bool("forced") === true
          ? "force"
          : isStopped === false
            ? "start"
            : undefined,
    isQueueTop: params.bool("addToTopOfQueue"),
    skipCheck: params.bool("skip_checking"),
    layout: readLayout(params),
    isSequential: params.bool("sequentialDownload"),
    isFirstLast: params.bool("firstLastPiecePrio"),
    // A folder that is given keeps its torrent from following the category.
    isAutoManaged: params.bool("autoTMM") ?? (folder === undefined ? undefined : false),
    stopWhen: readStopCondition(params.text("stopCondition")),
    limits: { down: positive(params.int("dlLimit")), up: positive(params.int("upLimit")) },
    shareLimits: readShareLimits(params),
    onDuplicate: "refuse",
  };
}

function readIncompleteFolder(params: Params): string | undefined {
  const isUsed = params.bool("useDownloadPath");
  if (isUsed === false) return "";
  return nonEmpty(params.text("downloadPath"))?.trim();
}

function readLayout(params: Params): AddRequest["layout"] {
  switch (params.text("contentLayout")?.toLowerCase()) {
    case "original":
      return "original";
    case "subfolder":
      return "subfolder";
    case "nosubfolder":
      return "no-subfolder";
    default:
  }
  // Older clients.
  const hasRoot = params.bool("root_folder");
  return hasRoot === undefined ? undefined : hasRoot ? "subfolder" : "no-subfolder";
}

function readStopCondition(value: string | undefined): AddRequest["stopWhen"] {
  if (value === "MetadataReceived") return "metadata";
  return value === "FilesChecked" ? "checked" : undefined;
}

/** Limits of sharing as every endpoint writes them: -2 as the session says, -1 none; times in minutes. */
export function readShareLimits(params: Params): Partial<ShareLimits> {
  const limits: { -readonly [Key in keyof ShareLimits]?: ShareLimits[Key] } = {};
  const ratio = params.number("ratioLimit");
  if (ratio !== undefined) limits.ratio = toShareLimit(ratio);
  const seedingMinutes = params.int("seedingTimeLimit");
  if (seedingMinutes !== undefined) limits.seedingTimeMs = toShareLimit(seedingMinutes, MINUTE_MS);
  const idleMinutes = params.int("inactiveSeedingTimeLimit");
  if (idleMinutes !== undefined) limits.idleTimeMs = toShareLimit(idleMinutes, MINUTE_MS);
  return limits;
}

function toShareLimit(value: number, unit = 1): ShareLimit {
  if (value === -2) return "global";
  return value < 0 ? "none" : value * unit;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === "" ? undefined : value;
}

function positive(value: number | undefined): number | undefined {
  return value === undefined || value <= 0 ? undefined : value;
}
