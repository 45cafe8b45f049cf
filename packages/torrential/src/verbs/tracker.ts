/** `torrential tracker`: a tracker at home, until it is stopped. */
import { stat } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { formatEndpoint, type InfoHash, toHex } from "@torrential/core";
import { createTracker, type CreateTrackerOptions, type SeenAnnounce, type Tracker } from "@torrential/node";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { formatCount } from "../format.ts";
import { Interrupts } from "../interrupts.ts";
import type { TrackerOptions } from "../options.ts";
import { loadSource, needTorrent } from "../source.ts";
import { toJson } from "../text.ts";
import { parseInfoHashOption } from "../values.ts";

/** How often it says how many there are, when that has changed. */
const STATUS_EVERY_MS = 10_000;

export async function runTracker(options: TrackerOptions): Promise<ExitCode> {
  const interrupts = new Interrupts();
  const allowed = options.allow.length === 0 ? undefined : new Set(await readAllowed(options.allow));
  const tracker = await createTracker({
    ...toTrackerOptions(options),
    allowed,
    onAnnounce: (seen) => say(seen, options),
  });
  const urls = addressesOf(options.bind).flatMap((address) => tracker.urls(address));
  if (options.json === true) printJson({ event: "listening", port: tracker.port, udpPort: tracker.udpPort, urls });
  else if (options.quiet !== true) process.stdout.write(`${["The tracker is at", ...urls].join("\n  ")}\n`);
  const timer = setInterval(reportChanges(tracker, options), STATUS_EVERY_MS);
  await new Promise<void>((resolve) => {
    interrupts.signal.addEventListener("abort", () => resolve());
  });
  clearInterval(timer);
  await tracker.close();
  return EXIT.done;
}

function toTrackerOptions({ bind, port, udp, udpPort, interval }: TrackerOptions): CreateTrackerOptions {
  return {
    bind,
    port,
    udpPort: udp ? udpPort : false,
    intervalSeconds: interval === undefined ? undefined : Math.ceil(interval / 1_000),
  };
}

/** Each is a torrent file, or an info-hash in hexadecimal. */
function readAllowed(words: readonly string[]): Promise<readonly InfoHash[]> {
  return Promise.all(
    words.map(async (word) => {
      const isFile = await stat(word).then(
        (found) => found.isFile(),
        () => false,
      );
      if (!isFile) return parseInfoHashOption(word);
      const { infoHashV1 } = needTorrent(await loadSource(word, () => Promise.reject(new Error("not a file"))));
      return infoHashV1 ?? parseInfoHashOption(word);
    }),
  );
}

/** Where others can reach it; loopback last, for whoever is on this machine. */
function addressesOf(bind: string | undefined): readonly string[] {
  if (bind !== undefined) return [bind];
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const usable = all.filter(({ address }) => !address.startsWith("fe80:"));
  return usable.toSorted((a, b) => Number(a.internal) - Number(b.internal)).map(({ address }) => address);
}

function say({ request, from, over }: SeenAnnounce, options: TrackerOptions): void {
  if (options.json !== true) return;
  const { infoHash, event, left, peerId, urlData } = request;
  const peer = { peer: formatEndpoint(from), peerId: toHex(peerId) };
  printJson({
    event: "announce",
    over,
    infoHash,
    announced: event,
    left,
    ...peer,
    ...(urlData === "" ? {} : { urlData }),
  });
}

function reportChanges(tracker: Tracker, options: TrackerOptions): () => void {
  let last = "";
  return () => {
    const { torrents, peers, seeders } = tracker.stats;
    const line = `${formatCount(torrents, "torrent")}, ${formatCount(peers, "peer")}, ${seeders} of them seeding`;
    if (line === last) return;
    last = line;
    if (options.json === true) printJson({ event: "status", ...tracker.stats });
    else if (options.quiet !== true) process.stdout.write(`${line}\n`);
  };
}

function printJson(value: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${toJson(value)}\n`);
}
