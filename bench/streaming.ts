/**
 * How long a viewer waits, on a simulated swarm of ten seeds that send 100 KB/s each: for the first bytes, for bytes in the
 * middle after a seek, and in all while a film of 500 KB/s plays. Beside it: downloads without a reader. Time is virtual.
 */
import { introduce, makeTorrent, SimNode, type SimTorrent, World } from "../packages/sim/src/index.ts";
import { median } from "./lib/table.ts";

const MIB = 1024 * 1024;
const LENGTH = 48 * MIB;
const PIECE = 256 * 1024;
const CHUNK = 256 * 1024;
const SEEDS = 10;
const SEED_RATE = 100_000;
const FILM_RATE = 500_000;
const SEEK_AT_MS = 10_000;
const PLAY_MS = 20_000;
const RUNS = [1, 2, 3, 4, 5];

interface Figures {
  readonly firstMs: number;
  readonly seekMs: number;
  /** While the film played for twenty seconds after its start. */
  readonly stalledMs: number | undefined;
}

type Mode = "reader" | "sequential" | "rarest-first";

interface Scene {
  readonly world: World;
  readonly leecher: SimNode;
  readonly torrent: SimTorrent;
}

function build(seed: number, mode: Mode): Scene {
  const world = new World({ seed });
  const torrent = makeTorrent({ seed, lengthBytes: LENGTH, pieceLength: PIECE });
  const seeds = Array.from({ length: SEEDS }, (_, index) => {
    const node = new SimNode(world, { name: `seed ${index}`, link: { upBytesPerSec: SEED_RATE }, checkEvery: 1e6 });
    node.preload(torrent);
    node.add(torrent);
    return node;
  });
  world.run(() => seeds.every((node) => node.isComplete(torrent)), 10_000);
  const leecher = new SimNode(world, { name: "viewer", checkEvery: 1e6 });
  leecher.add(torrent, { order: mode === "sequential" ? "sequential" : "rarest-first" });
  introduce(
    leecher,
    torrent,
    seeds.map(({ endpoint }) => endpoint),
  );
  return { world, leecher, torrent };
}

/** Plays `bytes` at the film's rate from `from` on, at most `limitMs`; says when each chunk came. */
function play(scene: Scene, reader: number, from: number, limitMs: number): { first: number; stalled: number } {
  const { world, leecher, torrent } = scene;
  const infoHash = torrent.id;
  const startedAt = world.elapsedMs;
  let first: number | undefined;
  let stalled = 0;
  let dueAt = 0;
  for (let at = from; world.elapsedMs - startedAt < limitMs && at < LENGTH; at += CHUNK) {
    const request = 1_000_000 + reader * 10_000 + at / CHUNK;
    const piece = Math.floor(at / PIECE);
    const end = LENGTH;
    leecher.command({ type: "read-ahead", reader, infoHash, at, end });
    leecher.command({ type: "read", request, infoHash, piece, begin: at % PIECE, length: CHUNK, deadlineMs: 0 });
    world.run(() => leecher.reads.has(request), 600_000);
    const cameAt = leecher.reads.get(request)?.at ?? Infinity;
    if (first === undefined) {
      first = cameAt - startedAt;
      dueAt = cameAt;
    }
    stalled += Math.max(0, cameAt - dueAt);
    dueAt = Math.max(dueAt, cameAt) + (CHUNK / FILM_RATE) * 1000;
    // A player holds some seconds of film and asks no faster than it plays.
    if (dueAt - 5_000 > world.elapsedMs) world.idle(dueAt - 5_000 - world.elapsedMs);
  }
  leecher.command({ type: "end-reader", reader, infoHash });
  return { first: first ?? Infinity, stalled };
}

function run(seed: number, mode: Mode): Figures {
  const scene = build(seed, mode);
  const { world, leecher, torrent } = scene;
  const middle = Math.floor(LENGTH / PIECE / 2);
  world.run(() => leecher.stateOf(torrent) === "downloading", 10_000);
  if (mode === "reader") {
    const start = play(scene, 1, 0, PLAY_MS);
    const seek = play(scene, 2, middle * PIECE, 5_000);
    return { firstMs: start.first, seekMs: seek.first, stalledMs: start.stalled };
  }
  const startedAt = world.elapsedMs;
  const has = (piece: number): boolean => leecher.eventsOf("piece-verified").some((event) => event.piece === piece);
  world.run(() => has(0), 600_000);
  const firstMs = world.elapsedMs - startedAt;
  world.run(() => has(middle), 600_000);
  return { firstMs, seekMs: Math.max(0, world.elapsedMs - startedAt - SEEK_AT_MS), stalledMs: undefined };
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

const COLUMNS = ["mode", "first byte, s", "seek, s", "seek, worst, s", "stalled, s"];

function rowOf(mode: Mode): readonly string[] {
  const figures = RUNS.map((seed) => run(seed, mode));
  const stalls = figures.flatMap(({ stalledMs }) => stalledMs ?? []);
  return [
    mode,
    seconds(median(figures.map(({ firstMs }) => firstMs))),
    seconds(median(figures.map(({ seekMs }) => seekMs))),
    seconds(Math.max(...figures.map(({ seekMs }) => seekMs))),
    stalls.length === 0 ? "" : seconds(median(stalls)),
  ];
}

const rows = [COLUMNS, COLUMNS.map(() => "---"), ...(["reader", "sequential", "rarest-first"] as const).map(rowOf)];
console.log(rows.map((row) => `| ${row.join(" | ")} |`).join("\n"));
