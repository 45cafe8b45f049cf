/** The deterministic world: whole swarms of real engines in one thread, on virtual time, from one seed. */
export { PEER_PORT, Violation, World, type WorldOptions } from "./world.ts";
export { SimNode, type AddExtras, type NodeOptions } from "./node.ts";
export { introduce, setupSwarm, type CrewOptions, type SimSwarm, type SwarmOptions } from "./swarm-builder.ts";
export { makeTorrent, type SimTorrent, type SimTorrentOptions } from "./torrent.ts";
export type { BlockRequest, PeerScript, ScriptContext, ScriptedPeer } from "./scripted-peer.ts";
export * from "./scripts.ts";
export { SCENARIOS } from "./scenarios/index.ts";
export type { Scenario, ScenarioOptions, ScenarioResult } from "./scenarios/scenario.ts";
