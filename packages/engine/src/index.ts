/** What to do with swarms: pure decisions behind ports. */
export type * from "./ports/announce.ts";
export type * from "./ports/disk.ts";
export type * from "./ports/machine.ts";
export type * from "./ports/network.ts";
export type * from "./ports/state.ts";
