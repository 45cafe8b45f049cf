/** `torrential create`: makes a v1 torrent of a file or folder. */
import { access, rename, rm, writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { formatMagnet, type Metainfo, parseMetainfo, TorrentialError } from "@torrential/core";
import { createTorrent, type CreateProgress, toDiskError } from "@torrential/node";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { formatBytes, formatCount, formatDuration, formatPercent, formatRate } from "../format.ts";
import { toMagnet } from "../info-text.ts";
import { Interrupts } from "../interrupts.ts";
import type { CreateOptions } from "../options.ts";
import { isLiveTerminal, processOutputs, styleOf } from "../report/choose-reporter.ts";
import { LiveBlock } from "../report/live-block.ts";
import { drawBar } from "../report/progress-line.ts";
import type { Outputs } from "../report/reporter.ts";
import { toJson, toLine } from "../text.ts";
import { UsageError } from "../values.ts";
import { readVersion } from "../version.ts";

const BAR_COLUMNS = 30;
const DRAW_EVERY_MS = 100;
const PRINT_EVERY_MS = 700;

export async function runCreate(path: string, options: CreateOptions): Promise<ExitCode> {
  const interrupts = new Interrupts();
  const outputs = processOutputs(options);
  const target = resolve(options.output ?? `${basename(resolve(path))}.torrent`);
  if (options.force !== true) await assertFree(target);
  const progress = new ProgressPrinter(options, outputs);
  const bytes = await createTorrent(path, {
    ...outerFields(options),
    pieceLength: options.pieceLength,
    threads: options.threads,
    signal: interrupts.signal,
    onProgress: (each) => progress.handleProgress(each),
    onLeftOut: (sentence) => {
      if (options.quiet !== true) outputs.stderr.write(`torrential: ${toLine(sentence)}\n`);
    },
  });
  const metainfo = parseMetainfo(bytes);
  await writeTorrent(target, bytes, options);
  progress.end();
  if (options.json === true) outputs.stdout.write(`${toJson(toEvent(target, metainfo))}\n`);
  else if (options.quiet !== true) outputs.stdout.write(describe(target, metainfo));
  return EXIT.done;
}

function outerFields(options: CreateOptions): Parameters<typeof createTorrent>[1] {
  const { name, comment, source } = options;
  return {
    trackers: options.tracker,
    webSeeds: options.webSeed,
    isPrivate: options.private === true,
    createdBy: `Torrential/${readVersion()}`,
    ...(name === undefined ? {} : { name }),
    ...(comment === undefined ? {} : { comment }),
    ...(source === undefined ? {} : { source }),
    ...(options.date ? { creationDate: Math.floor(Date.now() / 1000) } : {}),
  };
}

function toEvent(path: string, metainfo: Metainfo): Readonly<Record<string, unknown>> {
  return {
    event: "created",
    path,
    infoHashV1: metainfo.infoHashV1,
    name: metainfo.name,
    length: metainfo.lengthBytes,
    files: metainfo.files.length,
    pieceLength: metainfo.pieceLength,
    pieces: metainfo.pieceCount,
    magnet: formatMagnet(toMagnet(metainfo)),
  };
}

function describe(path: string, metainfo: Metainfo): string {
  const pieces = `${formatCount(metainfo.pieceCount, "piece")} of ${metainfo.pieceLength / 1024} KiB`;
  const files = formatCount(metainfo.files.length, "file");
  return [
    `${toLine(path)}: ${formatBytes(metainfo.lengthBytes)} in ${files}, ${pieces}`,
    `info-hash ${metainfo.infoHashV1 ?? ""}`,
    formatMagnet(toMagnet(metainfo)),
    "",
  ].join("\n");
}

/** Before an hour of hashing rather than after. */
async function assertFree(target: string): Promise<void> {
  const isTaken = await access(target).then(
    () => true,
    () => false,
  );
  if (isTaken) throw new UsageError(`${target} exists already: --force overwrites it, -o writes elsewhere`);
}

/** Never half a torrent under its name. */
async function writeTorrent(target: string, bytes: Uint8Array, options: CreateOptions): Promise<void> {
  const aside = `${target}.${process.pid}.part`;
  try {
    await writeFile(aside, bytes, { flag: "wx" });
    if (options.force !== true) await assertFree(target);
    await rename(aside, target);
  } catch (cause) {
    await rm(aside, { force: true }).catch(() => {});
    if (cause instanceof TorrentialError) throw cause;
    const error = toDiskError(cause, `write ${target}`);
    throw new TorrentialError(`disk-${error.class}`, error.message, { cause });
  }
}

class ProgressPrinter {
  readonly #options: CreateOptions;
  readonly #outputs: Outputs;
  readonly #block: LiveBlock | undefined;
  readonly #startedAtMs = performance.now();
  #shownAtMs = 0;

  constructor(options: CreateOptions, outputs: Outputs) {
    this.#options = options;
    this.#outputs = outputs;
    const isLive = options.json !== true && options.quiet !== true && isLiveTerminal();
    this.#block = isLive ? new LiveBlock(outputs.stdout) : undefined;
  }

  handleProgress({ hashedBytes, lengthBytes }: CreateProgress): void {
    const nowMs = performance.now();
    const isLast = hashedBytes === lengthBytes;
    const everyMs = this.#block === undefined ? PRINT_EVERY_MS : DRAW_EVERY_MS;
    if (!isLast && nowMs - this.#shownAtMs < everyMs) return;
    this.#shownAtMs = nowMs;
    if (this.#options.json === true) {
      this.#outputs.stdout.write(`${toJson({ event: "progress", hashed: hashedBytes, length: lengthBytes })}\n`);
      return;
    }
    const rate = (hashedBytes * 1000) / Math.max(1, nowMs - this.#startedAtMs);
    const etaSeconds = (lengthBytes - hashedBytes) / Math.max(1, rate);
    const bar = drawBar(hashedBytes / Math.max(1, lengthBytes), BAR_COLUMNS, styleOf(process.env));
    const percent = formatPercent(hashedBytes, lengthBytes).padStart(6);
    this.#block?.draw([`hashing ${bar} ${percent}  ${formatRate(rate)}  ETA ${formatDuration(etaSeconds)}`]);
  }

  /** The bar gives way to the result. */
  end(): void {
    this.#block?.draw([]);
  }
}
