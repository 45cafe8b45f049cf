/** What limits cost where there are none: the one question that is asked for every request and every block sent. */
import { makeEndpoint } from "../packages/core/src/index.ts";
import { Limits } from "../packages/engine/src/bandwidth/limits.ts";

const CALLS = 50_000_000;

const limits = new Limits();
const torrent = limits.addTorrent("torrent", []);
const peer = limits.addPeer(torrent, { endpoint: makeEndpoint("93.184.216.34", 6881), transport: "tcp" }, 0);

function run(calls: number): number {
  const startedAt = performance.now();
  let unlimited = 0;
  for (let call = 0; call < calls; call++) if (limits.service.isUnlimited(peer, "up")) unlimited += 1;
  if (unlimited !== calls) throw new Error("there is a limit");
  return ((performance.now() - startedAt) * 1e6) / calls;
}

run(CALLS / 10);
const nanoseconds = run(CALLS);
// 16 KiB a block, 65,536 blocks a GiB.
console.log(`${nanoseconds.toFixed(1)} ns a call, ${((nanoseconds * 65_536) / 1e6).toFixed(2)} ms a GiB`);
