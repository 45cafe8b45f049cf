/** A torrent or magnet link for people to read. */
import { formatMagnet, type Magnet, type Metainfo, type TorrentFile } from "@torrential/core";
import { formatBytes, formatCount } from "./format.ts";
import type { Loaded } from "./source.ts";
import { toLine } from "./text.ts";

type Row = readonly [label: string, value: string | undefined];

/** Lines with line breaks. */
export function describeLoaded(loaded: Loaded): string {
  const rows = loaded.type === "torrent" ? torrentRows(loaded.metainfo) : magnetRows(loaded.magnet);
  const lines = rows.flatMap(([label, value]) => {
    return value === undefined || value === "" ? [] : [`  ${label.padEnd(12)} ${toLine(value)}`];
  });
  return [toLine(loaded.source), ...lines, ""].join("\n");
}

function torrentRows(metainfo: Metainfo): Row[] {
  const files = metainfo.files.filter((file) => !file.isPad);
  return [
    ["name", metainfo.name],
    ["kind", metainfo.kind],
    ["info-hash", metainfo.infoHashV1],
    ["info-hash v2", metainfo.infoHashV2],
    ["size", `${describeBytes(metainfo.lengthBytes)} in ${formatCount(files.length, "file")}`],
    ["pieces", `${metainfo.pieceCount} of ${formatBinary(metainfo.pieceLength)}`],
    ["private", metainfo.isPrivate ? "yes" : undefined],
    ["source", metainfo.source],
    ["comment", metainfo.comment],
    ["created by", metainfo.createdBy],
    ["created", describeDate(metainfo.creationDate)],
    ...tierRows(metainfo.trackers),
    ...metainfo.webSeeds.map((url): Row => ["web seed", url]),
    ...metainfo.httpSeeds.map((url): Row => ["http seed", url]),
    ...metainfo.nodes.map(({ host, port }): Row => ["node", `${host}:${port}`]),
    ...metainfo.similar.map((hash): Row => ["similar", hash]),
    ...metainfo.collections.map((name): Row => ["collection", name]),
    ...files.map((file): Row => ["file", describeFile(file)]),
    ["magnet", formatMagnet(toMagnet(metainfo))],
  ];
}

function magnetRows(magnet: Magnet): Row[] {
  return [
    ["name", magnet.name],
    ["info-hash", magnet.infoHashV1],
    ["info-hash v2", magnet.infoHashV2],
    ...tierRows(magnet.trackers),
    ...magnet.webSeeds.map((url): Row => ["web seed", url]),
    ...magnet.exactSources.map((url): Row => ["source", url]),
    ...magnet.acceptableSources.map((url): Row => ["or source", url]),
    ...magnet.peers.map((peer): Row => ["peer", peer]),
    [
      "only files",
      magnet.selectOnly?.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(","),
    ],
  ];
}

function tierRows(trackers: readonly (readonly string[])[]): Row[] {
  return trackers.map((tier, index) => [`tracker ${index + 1}`, tier.join(", ")]);
}

function describeFile(file: TorrentFile): string {
  const marks = [
    ...(file.isExecutable ? ["executable"] : []),
    ...(file.isHidden ? ["hidden"] : []),
    ...(file.symlink === undefined ? [] : [`link to ${file.symlink.join("/")}`]),
  ];
  const size = formatBytes(file.lengthBytes).padStart(8);
  return `${size}  ${file.path.join("/")}${marks.length === 0 ? "" : ` (${marks.join(", ")})`}`;
}

/** "783 MB (783,110,144 bytes)". */
function describeBytes(bytes: number): string {
  return bytes < 1000 ? `${bytes} bytes` : `${formatBytes(bytes)} (${bytes.toLocaleString("en")} bytes)`;
}

/** Piece lengths are powers of two: "256 KiB". */
function formatBinary(bytes: number): string {
  if (bytes >= 2 ** 20 && bytes % 2 ** 20 === 0) return `${bytes / 2 ** 20} MiB`;
  return bytes >= 1024 && bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${bytes} bytes`;
}

function describeDate(seconds: number | undefined): string | undefined {
  if (seconds === undefined) return undefined;
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s after 1970` : date.toISOString();
}

/** The link that finds the same torrent. */
export function toMagnet(metainfo: Metainfo): Magnet {
  return {
    infoHashV1: metainfo.infoHashV1,
    infoHashV2: metainfo.infoHashV2,
    name: metainfo.name,
    trackers: metainfo.trackers.flat().map((url) => [url]),
    webSeeds: metainfo.webSeeds,
    exactSources: [],
    acceptableSources: [],
    peers: [],
    selectOnly: undefined,
  };
}
