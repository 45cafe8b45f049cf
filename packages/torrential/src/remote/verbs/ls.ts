/** `torrential ls`: the daemon's torrents. */
import type { TorrentKind, TorrentListQuery, TorrentState } from "@torrential/api";
import { TORRENT_STATES } from "@torrential/api";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { UsageError } from "../../values.ts";
import { type RemoteOptions, withDaemon } from "../connect.ts";
import { printRows } from "../output.ts";
import { LIST_COLUMNS, LIST_FIELDS } from "../rows.ts";

export interface LsOptions extends RemoteOptions {
  readonly is: readonly string[];
  readonly category?: string;
  readonly tag: readonly string[];
  readonly tracker?: string;
  readonly sort?: string;
  readonly limit?: number;
}

const KINDS = ["active", "inactive", "running", "stopped", "complete", "incomplete", "stalled", "error"] as const;
const PAGE = 1_000;

export async function runLs(words: readonly string[], options: LsOptions): Promise<ExitCode> {
  const query = toQuery(words, options);
  await withDaemon(options, async (client) => {
    const wanted = options.limit ?? Number.POSITIVE_INFINITY;
    let shown = 0;
    let cursor: string | undefined;
    do {
      const limit = Math.min(PAGE, wanted - shown);
      const page = await client.call("listTorrents", {
        query: { ...query, limit, ...(cursor === undefined ? {} : { cursor }) },
      });
      printRows(page.torrents, LIST_COLUMNS, options);
      shown += page.torrents.length;
      cursor = page.nextCursor;
    } while (cursor !== undefined && shown < wanted);
  });
  return EXIT.done;
}

/** Programs get every field, people what fits a line. */
function toQuery(words: readonly string[], options: LsOptions): TorrentListQuery {
  const { is, category, tag, tracker, sort } = options;
  const states = is.filter(isState);
  const kinds = is.filter(isKind).filter((kind) => !isState(kind));
  const unknown = is.find((word) => !isState(word) && !isKind(word));
  if (unknown !== undefined) {
    throw new UsageError(
      `--is: got ${JSON.stringify(unknown)}, wanted one of ${[...KINDS, ...TORRENT_STATES].join(", ")}`,
    );
  }
  return {
    ...(options.json === true ? {} : { fields: LIST_FIELDS }),
    ...(words.length === 0 ? {} : { text: words.join(" ") }),
    ...(states.length === 0 ? {} : { state: states }),
    ...(kinds.length === 0 ? {} : { is: kinds }),
    ...(category === undefined ? {} : { category }),
    ...(tag.length === 0 ? {} : { tag }),
    ...(tracker === undefined ? {} : { tracker }),
    ...(sort === undefined ? {} : { sort }),
  };
}

function isState(word: string): word is TorrentState {
  return TORRENT_STATES.some((state) => state === word);
}

function isKind(word: string): word is TorrentKind {
  return KINDS.some((kind) => kind === word);
}
