/** Whole swarms in one call: who is there, over which links, and how they find each other. */
import type { Endpoint } from "@torrential/core";
import type { LinkOptions } from "./link.ts";
import { SimNode, type AddExtras, type NodeOptions } from "./node.ts";
import type { PeerScript, ScriptedPeer } from "./scripted-peer.ts";
import { makeTorrent, type SimTorrent, type SimTorrentOptions } from "./torrent.ts";
import type { SimTracker } from "./tracker.ts";
import { World } from "./world.ts";

export interface CrewOptions extends Partial<Omit<NodeOptions, "name">> {
  readonly count: number;
  readonly add?: AddExtras;
  /** They have only the link. */
  readonly isMagnet?: boolean;
  /** They start over this many milliseconds, at random; all at once when absent. */
  readonly spreadMs?: number;
}

export interface SwarmOptions {
  readonly seed: number;
  readonly torrent?: Omit<SimTorrentOptions, "seed">;
  /** Nodes that have everything from the start. */
  readonly seeds?: CrewOptions;
  readonly leechers?: CrewOptions;
  readonly scripts?: readonly { readonly script: PeerScript; readonly link?: Partial<LinkOptions> }[];
  /** All scripted peers behind one address, and one link. */
  readonly sharedLink?: Partial<LinkOptions>;
  readonly windowBytes?: number;
  readonly traceTailMax?: number;
}

export interface SimSwarm {
  readonly world: World;
  readonly torrent: SimTorrent;
  readonly tracker: SimTracker;
  readonly seeds: readonly SimNode[];
  readonly leechers: readonly SimNode[];
  readonly peers: readonly ScriptedPeer[];
  /** Whether every leecher has everything. */
  isDone(): boolean;
}

const SHARED_PORT = 20_000;
const TRACKER_URL = "http://tracker.test/announce";

/** Builds the swarm; everybody meets at one tracker, where scripted peers are known from the start. */
export function setupSwarm(options: SwarmOptions): SimSwarm {
  const { seed, traceTailMax = 0, windowBytes } = options;
  const world = new World({ seed, traceTailMax, ...(windowBytes === undefined ? {} : { windowBytes }) });
  const tracker = world.addTracker(TRACKER_URL);
  const torrent = makeTorrent({ seed, trackers: [[TRACKER_URL]], ...options.torrent });
  const shared = options.sharedLink === undefined ? undefined : world.addHost(options.sharedLink);
  const peers = (options.scripts ?? []).map(({ script, link }, index) => {
    const place = shared === undefined ? undefined : { host: shared, port: SHARED_PORT + index };
    const peer = world.addPeer(torrent, script, link, place);
    tracker.register(torrent.infoHash, peer.endpoint, 0);
    return peer;
  });
  const seeds = makeCrew({ world, torrent, kind: "seed", crew: options.seeds });
  const leechers = makeCrew({ world, torrent, kind: "leecher", crew: options.leechers });
  const isDone = (): boolean => leechers.every((node) => node.isComplete(torrent));
  return { world, torrent, tracker, seeds, leechers, peers, isDone };
}

interface CrewPlan {
  readonly world: World;
  readonly torrent: SimTorrent;
  readonly kind: "seed" | "leecher";
  readonly crew: CrewOptions | undefined;
}

function makeCrew(plan: CrewPlan): readonly SimNode[] {
  const { world, torrent, kind, crew } = plan;
  if (crew === undefined) return [];
  const { count, add = {}, isMagnet = false, spreadMs = 0, ...node } = crew;
  const random = world.random.split(`crew ${kind}`);
  return Array.from({ length: count }, (_, index) => {
    const made = new SimNode(world, { ...node, name: `${kind} ${index}` });
    if (kind === "seed") made.preload(torrent);
    const begin = (): void => (isMagnet ? made.addMagnet(torrent, add) : made.add(torrent, add));
    if (spreadMs === 0) begin();
    else world.after(random.nextBetween(0, spreadMs), begin);
    return made;
  });
}

/** Tells a node of peers directly, as a user would. */
export function introduce(node: SimNode, torrent: SimTorrent, peers: readonly Endpoint[]): void {
  node.command({ type: "add-peers", infoHash: torrent.id, peers, source: "user" });
}
