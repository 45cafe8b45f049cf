/** What a scenario is, and how each ends. */
import type { SimNode } from "../node.ts";
import type { SimTorrent } from "../torrent.ts";
import type { World } from "../world.ts";

export interface ScenarioResult {
  /** Of the trace; the same for the same seed, always. */
  readonly hash: string;
  /** Virtual. */
  readonly durationMs: number;
  readonly steps: number;
  /** What was measured, by name with its unit last. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** A story about a swarm, told by a seed. Throws a `Violation` when something happens that must not. */
export interface Scenario {
  readonly name: string;
  run(options: ScenarioOptions): ScenarioResult;
}

export interface ScenarioOptions {
  readonly seed: number;
  /** Records kept as text in the world's trace. */
  readonly traceTailMax?: number;
  /** Is told of the world as soon as there is one, so that a failure can be looked into. */
  readonly onWorld?: (world: World) => void;
}

const STOP_LIMIT_MS = 60_000;

export interface Conclusion {
  readonly world: World;
  readonly nodes: readonly SimNode[];
  readonly torrents: readonly SimTorrent[];
  readonly numbers: Readonly<Record<string, number>>;
}

/** Checks what must hold at every end, stops everybody cleanly, and looks for memory that nobody gave back. */
export function conclude(conclusion: Conclusion): ScenarioResult {
  const { world, nodes, numbers } = conclusion;
  const durationMs = world.elapsedMs;
  for (const node of nodes) {
    if (!node.isUp) continue;
    node.session.checkInvariants();
    node.truth.checkAll();
  }
  stopAll(conclusion);
  // Connections that were told to close have a second to do so.
  world.idle(2000);
  for (const node of nodes) {
    if (!node.isUp) continue;
    const { slabUsedBytes } = node.session;
    world.require(
      slabUsedBytes === 0,
      `${node.name}: ${slabUsedBytes} bytes of the slab are held after everything stopped`,
    );
    node.truth.checkAll();
  }
  return { hash: world.trace.hash, durationMs, steps: world.steps, numbers: roundAll(numbers) };
}

function stopAll({ world, nodes, torrents }: Conclusion): void {
  const running = nodes.filter((node) => node.isUp);
  for (const node of running) for (const torrent of torrents) node.command({ type: "stop", infoHash: torrent.id });
  const isStopped = (): boolean =>
    running.every((node) => torrents.every((torrent) => node.stateOf(torrent) === "stopped"));
  if (world.run(isStopped, STOP_LIMIT_MS)) return;
  const late = running.filter((node) => torrents.some((torrent) => node.stateOf(torrent) !== "stopped"));
  world.fail(`not stopped within a minute: ${late.map((node) => node.name).join(", ")}`);
}

function roundAll(numbers: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Math.round(value * 1000) / 1000]));
}

/** The first of a list that the scenario has put something into. */
export function only<T>(items: readonly T[]): T {
  const item = items[0];
  if (item === undefined) throw new RangeError("the scenario has nobody there");
  return item;
}
