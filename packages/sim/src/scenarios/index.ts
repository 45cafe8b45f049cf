/** Every scenario, by name. */
import { freeRiders, turnsOfASeed } from "./choking.ts";
import { chaos } from "./chaos.ts";
import { cleanRestart, killedWhileWriting, powerCutWhileWriting } from "./crash.ts";
import { magnetScenarios } from "./magnets.ts";
import { bitRot, diskFull, slowDisk } from "./disk.ts";
import { hostileScenarios } from "./hostile.ts";
import { closingWhileSending } from "./memory.ts";
import { partitionHeals, rateLimited, trackerReturns } from "./network.ts";
import { poisonScenarios } from "./poison.ts";
import { relocatedAlive, relocatedAndKilled, relocatedInPowerCuts } from "./relocation.ts";
import type { Scenario } from "./scenario.ts";
import { endGame, hostilePeers, mutePeers } from "./silence.ts";
import { superSeed } from "./super-seed.ts";
import { oneSeedManyLeechers, seedVanishes } from "./swarm.ts";
import { deadTrackers } from "./trackers.ts";

export const SCENARIOS: readonly Scenario[] = [
  oneSeedManyLeechers,
  seedVanishes,
  killedWhileWriting,
  powerCutWhileWriting,
  cleanRestart,
  relocatedAlive,
  relocatedAndKilled,
  relocatedInPowerCuts,
  ...poisonScenarios,
  superSeed,
  turnsOfASeed,
  freeRiders,
  ...hostileScenarios,
  mutePeers,
  hostilePeers,
  endGame,
  partitionHeals,
  slowDisk,
  diskFull,
  bitRot,
  trackerReturns,
  deadTrackers,
  rateLimited,
  closingWhileSending,
  ...magnetScenarios,
  chaos,
];
