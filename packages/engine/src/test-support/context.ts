/** For tests: a real torrent of a few pieces, and a context whose outputs are collected. */
import { buildMetainfo, concatBytes, makePeerId, type Metainfo, parseMetainfo, sha1 } from "@torrential/core";
import { Limits } from "../bandwidth/limits.ts";
import { Outbox } from "../outbox.ts";
import type { DiskJob } from "../ports/disk.ts";
import type { Random } from "../ports/machine.ts";
import { ExternalAddresses } from "../session/external-address.ts";
import type { SessionOutput } from "../session/outputs.ts";
import { ReadCache } from "../storage/read-cache.ts";
import { Slab } from "../storage/slab.ts";
import { SessionBans } from "../swarm/session-bans.ts";
import type { TorrentContext } from "../torrent/context.ts";
import { shapeOf } from "../torrent/shape.ts";

export const KIB = 1024;
export const MIB: number = 1024 * KIB;

export interface TestFile {
  readonly lengthBytes: number;
  readonly isPad?: boolean;
}

export interface TestTorrentOptions {
  readonly pieceLength?: number;
  readonly files?: readonly TestFile[];
  readonly trackers?: readonly (readonly string[])[];
  readonly isPrivate?: boolean;
}

export interface TestTorrent {
  readonly metainfo: Metainfo;
  /** All bytes of the torrent. */
  readonly payload: Uint8Array;
}

/** Three pieces of two blocks and one of a block and a bit, unless told otherwise. */
export function makeTorrent(options: TestTorrentOptions = {}): TestTorrent {
  const pieceLength = options.pieceLength ?? 32 * KIB;
  const files = options.files ?? [{ lengthBytes: 3 * pieceLength + 20_000 }];
  const payload = makePayload(files.reduce((sum, file) => sum + file.lengthBytes, 0));
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < payload.length; at += pieceLength) hashes.push(sha1(payload.subarray(at, at + pieceLength)));
  const metainfo = parseMetainfo(
    buildMetainfo({
      name: "test",
      files: files.map(({ lengthBytes }, index) => ({ path: [`${index}.bin`], lengthBytes })),
      pieceLength,
      pieceHashes: concatBytes(hashes),
      trackers: options.trackers ?? [],
      isPrivate: options.isPrivate ?? false,
    }),
  );
  const marked = metainfo.files.map((file, index) => ({ ...file, isPad: files[index]?.isPad ?? false }));
  return { metainfo: { ...metainfo, files: marked }, payload };
}

export interface TestContextOptions extends TestTorrentOptions {
  readonly slabBytes?: number;
  readonly segmentBytes?: number;
  readonly cacheBytes?: number;
  readonly random?: Random;
  /** IPv4 only by default. */
  readonly families?: readonly (4 | 6)[];
}

export interface TestContext extends TestTorrent {
  readonly context: TorrentContext;
  /** Outputs since the last call. */
  readonly take: () => readonly SessionOutput[];
  /** Disk jobs since the last call; all other outputs are dropped. */
  readonly takeJobs: () => readonly DiskJob[];
}

export function makeContext(options: TestContextOptions = {}): TestContext {
  const torrent = makeTorrent(options);
  const { metainfo } = torrent;
  const out = new Outbox<SessionOutput>();
  let lastId = 1_000;
  const nextId = (): number => ++lastId;
  const segmentBytes = options.segmentBytes ?? MIB;
  const slab = new Slab({ budgetBytes: options.slabBytes ?? 8 * MIB, segmentBytes }, out);
  const limits = new Limits();
  const cache = new ReadCache({ budgetBytes: options.cacheBytes ?? 4 * MIB }, { slab, out, nextId });
  if (metainfo.infoHashV1 === undefined) throw new Error("the test's torrent is not v1");
  const take = (): readonly SessionOutput[] => drain(out);
  return {
    ...torrent,
    take,
    takeJobs: () => take().flatMap((output) => (output.type === "disk" ? [output.job] : [])),
    context: {
      ...shapeOf(metainfo),
      infoHash: metainfo.infoHashV1,
      metainfo,
      peerId: makePeerId("-TT0000-", new Uint8Array(12)),
      store: 1,
      peersMax: 100,
      out,
      slab,
      cache,
      bandwidth: limits.service,
      limits,
      random: options.random ?? seededRandom(1),
      sessionBans: new SessionBans(),
      externalAddresses: new ExternalAddresses(),
      families: options.families ?? [4],
      usesDht: false,
      nextId,
      nextAnnounceId: nextId,
      nextSaveId: nextId,
    },
  };
}

/** Everything in the outbox, oldest first. */
export function drain<T>(out: { poll(): T | undefined }): T[] {
  const items: T[] = [];
  for (let item = out.poll(); item !== undefined; item = out.poll()) items.push(item);
  return items;
}

/** Uniform in [0, 1), the same for the same seed: mulberry32. */
export function seededRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes that differ from block to block and within them. */
export function makePayload(lengthBytes: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  for (let i = 0; i < lengthBytes; i++) bytes[i] = (i * 31 + (i >>> 8) * 7 + (i >>> 14)) & 0xff;
  return bytes;
}
