/** `torrential magnet`: the link that others find a torrent by. */
import { formatHostPort, formatMagnet, type FileRange, type Magnet, TorrentialError } from "@torrential/core";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { toMagnet } from "../info-text.ts";
import type { MagnetOptions } from "../options.ts";
import { selectFiles } from "../selection.ts";
import { type Loaded, loadSource } from "../source.ts";
import { toJson } from "../text.ts";

export async function runMagnet(source: string, options: MagnetOptions): Promise<ExitCode> {
  const link = formatMagnet(makeLink(await loadSource(source, fetchLazily), options));
  process.stdout.write(options.json === true ? `${toJson({ event: "magnet", magnet: link })}\n` : `${link}\n`);
  return EXIT.done;
}

async function fetchLazily(url: string): Promise<Uint8Array> {
  const { fetchTorrentFile } = await import("@torrential/node");
  return await fetchTorrentFile(url);
}

function makeLink(loaded: Loaded, options: MagnetOptions): Magnet {
  const base = loaded.type === "magnet" ? loaded.magnet : toMagnet(loaded.metainfo);
  const trackers = [...(options.trackers ? base.trackers.flat() : []), ...options.tracker.flat()];
  return {
    ...base,
    name: options.name ?? base.name,
    trackers: [...new Set(trackers)].map((url) => [url]),
    webSeeds: [...new Set([...base.webSeeds, ...options.webSeed])],
    peers: [...new Set([...base.peers, ...options.peer.map(formatHostPort)])],
    selectOnly: options.select.length === 0 ? base.selectOnly : selectRanges(loaded, options.select),
  };
}

/** BEP 53 has indexes where people have names. */
function selectRanges(loaded: Loaded, globs: readonly string[]): readonly FileRange[] {
  if (loaded.type === "magnet") {
    throw new TorrentialError(
      "select-none",
      "--select: a magnet link does not say what files there are, wanted a torrent",
    );
  }
  const ranges: { first: number; last: number }[] = [];
  for (const [file, priority] of selectFiles(loaded.metainfo, globs).entries()) {
    if (priority === 0) continue;
    const open = ranges.at(-1);
    if (open?.last === file - 1) open.last = file;
    else ranges.push({ first: file, last: file });
  }
  return ranges;
}
