/** For tests: a seed that nobody is connected to, and those who wake it. */
import { equalBytes } from "@torrential/core";
import { encodeMessage } from "@torrential/protocol";
import type { TorrentEvent } from "../session/events.ts";
import { response } from "./announce-response.ts";
import { type ScriptedPeer, World } from "./world.ts";

/** What `serve` asks for. */
export const REQUEST = { type: "request", piece: 2, begin: 5, length: 9_000 } as const;
const ASLEEP: TorrentEvent["type"] = "asleep";
/** What one says first that has nothing. */
export const LEECH = [{ type: "have-none" }, { type: "interested" }] as const;

/** All is there, and was there at a clean stop. */
export function seed(dormancy: boolean, options: Parameters<World["add"]>[0] = {}): World {
  const first = new World();
  first.disk = first.torrent.payload.slice();
  first.add();
  first.tell("stop");
  const world = new World({ dormancy });
  world.disk = first.disk;
  for (const [key, bytes] of first.journals) world.journals.set(key, bytes);
  world.add({ journal: world.journals.get(world.infoHash), ...options });
  world.advance(1);
  if (world.announces.length > 0) answer(world);
  return world;
}

export function asleep(options: Parameters<World["add"]>[0] = {}): World {
  const world = seed(true, options);
  world.advance(5_000);
  if (!isAsleep(world)) throw new Error(`it does not sleep: ${world.state}`);
  return world;
}

export function isAsleep({ events }: World): boolean {
  return events.findLast(({ type }) => type === ASLEEP || type === "state")?.type === ASLEEP;
}

export function answer(world: World): void {
  const { request } = world.announces.at(-1) ?? { request: 0 };
  world.session.handleAnnounced(request, { ok: true, from: undefined, response: response() }, world.now);
  world.run();
}

/** The leech is unchoked, asks, and is answered. */
export function serve(world: World, leech: ScriptedPeer): void {
  world.advance(20_000);
  world.say(leech, encodeMessage(REQUEST));
  const last = leech.received.at(-1);
  const isServed = last?.type === "piece" && last.piece === REQUEST.piece && last.begin === REQUEST.begin;
  if (!isServed || !equalBytes(last.bytes, world.truth(REQUEST.piece, REQUEST.begin, REQUEST.length)))
    throw new Error(`it is not served: ${last?.type}`);
}
