/** `torrential stream`: downloads a torrent and serves its files over HTTP meanwhile, for a player to open. */
import { StreamServer, type StreamableFile, type Torrent } from "@torrential/node";
import type { ExitCode } from "../exit-codes.ts";
import type { StreamOptions } from "../options.ts";
import { chooseReporter } from "../report/choose-reporter.ts";
import type { Reporter } from "../report/reporter.ts";
import { selectFiles } from "../selection.ts";
import { toLine } from "../text.ts";
import { type Companion, runTransfer } from "../transfer/transfer.ts";

export async function runStream(source: string, options: StreamOptions): Promise<ExitCode> {
  const reporter = chooseReporter(options);
  const server = await StreamServer.start({ address: options.listen, port: options.httpPort });
  const companion = new FileServer(server, { globs: options.file, reporter, isSilent: options.json === true });
  // Whoever watches does not leave when the last byte is here.
  return await runTransfer({
    mode: "download",
    sources: [source],
    options: { ...options, select: [], seed: true },
    reporter,
    companion,
  });
}

interface FileServerOptions {
  readonly globs: readonly string[];
  readonly reporter: Reporter;
  /** Nothing but events goes to stdout. */
  readonly isSilent: boolean;
}

class FileServer implements Companion {
  readonly #server: StreamServer;
  readonly #options: FileServerOptions;

  constructor(server: StreamServer, options: FileServerOptions) {
    this.#server = server;
    this.#options = options;
  }

  /** Serves what was chosen, or the largest file, and fetches nothing else. */
  handleTorrent(torrent: Torrent): void {
    const { globs, reporter, isSilent } = this.#options;
    const priorities = globs.length === 0 ? chooseLargest(torrent) : selectFiles(torrent.metainfo, globs);
    torrent.setFilePriorities(priorities);
    for (const [index, priority] of priorities.entries()) {
      if (priority === 0) continue;
      const handle = torrent.file(index);
      const url = this.#server.add(toStreamable(torrent, index));
      reporter.handleEvent({
        event: "serving",
        infoHash: torrent.infoHash,
        path: handle.path,
        length: handle.lengthBytes,
        url,
      });
      // The URL is what was asked for: also with --quiet.
      if (!isSilent) process.stdout.write(`${toLine(url)}\n`);
      void handle.prefetchIndex();
    }
  }

  async close(): Promise<void> {
    await this.#server.close();
  }
}

function chooseLargest({ metainfo }: Torrent): readonly number[] {
  const lengths = metainfo.files.map((file) => (file.isPad ? -1 : file.lengthBytes));
  const largest = lengths.indexOf(Math.max(...lengths));
  return lengths.map((_, index) => (index === largest ? 4 : 0));
}

function toStreamable(torrent: Torrent, index: number): StreamableFile {
  const file = torrent.file(index);
  return {
    name: file.path.at(-1) ?? "file",
    lengthBytes: file.lengthBytes,
    // The info-hash names every byte.
    etag: `"${torrent.infoHash}-${index}"`,
    stream: (range) => file.stream(range),
  };
}
