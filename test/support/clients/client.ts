/** What every BitTorrent client offers to a test, ours among them. */
import type { Fixture } from "../fixtures.ts";
import { waitFor } from "../wait-for.ts";

export interface ClientOptions {
  /** For its configuration and logs; a folder of its own. */
  readonly workDir: string;
  /** Where it listens, and what it connects from. */
  readonly address: string;
  /** A node of the DHT to start from; without it the DHT is off. */
  readonly dhtBootstrap?: { readonly address: string; readonly port: number };
  /** How it may find peers besides trackers; nothing else by default. */
  readonly finds?: readonly Discovery[];
}

export type Discovery = "pex" | "lsd";

export interface AddOptions {
  readonly torrent: Fixture;
  readonly saveDir: string;
  /** The data is there already: check or trust it, and seed. */
  readonly isSeed: boolean;
  /** Given instead of the torrent file. */
  readonly magnet?: string;
  /** To be connected to, where a client can be told that. */
  readonly peers?: readonly { readonly address: string; readonly port: number }[];
}

export interface TorrentProgress {
  /** Verified, by the client's own account. */
  readonly completedBytes: number;
  /** Has everything, is not checking, and seeds. */
  readonly isComplete: boolean;
}

export interface TestClient extends AsyncDisposable {
  readonly name: string;
  readonly address: string;
  /** Known once it has started. */
  readonly port: number;
  start(): Promise<void>;
  addTorrent(options: AddOptions): Promise<void>;
  /** Throws when the client reports that the torrent failed. */
  progressOf(torrent: Fixture): Promise<TorrentProgress>;
  /** Leaves politely: every announce is sent, every byte is on disk. */
  stop(): Promise<void>;
}

export async function waitUntilComplete(client: TestClient, torrent: Fixture, deadlineMs = 60_000): Promise<void> {
  let seen: TorrentProgress | undefined;
  const isComplete = async (): Promise<boolean> => {
    seen = await client.progressOf(torrent);
    return seen.isComplete;
  };
  await waitFor(isComplete, {
    what: () =>
      `${client.name} did not complete ${torrent.name}: ${seen?.completedBytes} of ${torrent.lengthBytes} bytes`,
    deadlineMs,
  });
}

/** Starts with another port as often as somebody else was faster to take the one that was free. */
export async function startWithRetries(start: () => Promise<void>, attempts = 3): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await start();
      return;
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}
