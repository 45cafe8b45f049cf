/** Peers that send what isn't the torrent. */
import { honestSeed, poisoner, type Poison } from "../scripts.ts";
import { setupSwarm } from "../swarm-builder.ts";
import { conclude, only, type Scenario } from "./scenario.ts";

const KINDS: readonly Poison[] = ["one-bit", "garbage", "garbage-after-first"];
const GOOD_PEERS = 4;
/** A slow poisoner shares its pieces with others, a fast one sends whole pieces: both must be found. */
const BAD_RATES = [100_000, 400_000, 1_000_000, 4_000_000];

/** One poisoner among good seeds is found, and only it is sent away. */
export function poisonerAmongGood(poison: Poison): Scenario {
  return {
    name: `poisoner-${poison}`,
    run(options) {
      const badRate = BAD_RATES[options.seed % BAD_RATES.length] ?? 1_000_000;
      const link = { upBytesPerSec: 1_000_000 };
      const good = Array.from({ length: GOOD_PEERS }, () => ({ script: honestSeed(), link }));
      const swarm = setupSwarm({
        ...options,
        // Few large pieces are shared among peers, many small ones come from one peer each.
        torrent: { lengthBytes: 8 * 1024 * 1024, pieceLength: options.seed % 2 === 0 ? 131_072 : 2_097_152 },
        scripts: [{ script: poisoner(poison), link: { upBytesPerSec: badRate } }, ...good],
        leechers: { count: 1, link: { downBytesPerSec: 5_000_000 } },
      });
      const { world, torrent, peers, leechers } = swarm;
      options.onWorld?.(world);
      const bad = only(peers);
      const leecher = only(leechers);
      world.require(
        world.run(() => swarm.isDone(), 300_000),
        "not finished within five minutes",
      );
      const banned = leecher.eventsOf("peer-banned").map((event) => event.endpoint.address);
      const innocent = banned.filter((address) => address !== bad.endpoint.address);
      world.require(innocent.length === 0, `banned without guilt: ${innocent.join(", ")}`);
      const failed = leecher.eventsOf("piece-failed").length;
      const dropped = leecher
        .eventsOf("peer-disconnected")
        .filter((event) => event.reason === "banned" || event.reason === "piece-corrupt");
      const wronged = dropped.filter((event) => event.endpoint.address !== bad.endpoint.address);
      world.require(
        wronged.length === 0,
        `sent away without guilt: ${wronged.map((event) => event.endpoint.address).join(", ")}`,
      );
      world.require(failed === 0 || dropped.length > 0, `${failed} pieces failed, and nobody was sent away`);
      const wasted = leecher.truth.receivedBytes(torrent) - torrent.content.lengthBytes;
      const sharedFailures = leecher.eventsOf("piece-failed").filter((event) => event.peers.length > 1).length;
      const numbers = {
        sharedFailures,
        failedPieces: failed,
        banned: banned.length,
        dropped: dropped.length,
        wastedBytes: wasted,
        seconds: world.elapsedMs / 1000,
      };
      return conclude({ world, nodes: leechers, torrents: [torrent], numbers });
    },
  };
}

export const poisonScenarios: readonly Scenario[] = KINDS.map(poisonerAmongGood);
