/** `torrential dht …`: its verbs and options. */
import { Argument, type Command, Option } from "commander";
import type { ExitCode } from "./exit-codes.ts";
import type { DhtGetOptions, DhtPeersOptions, DhtPutOptions, DhtSampleOptions, DhtStatsOptions } from "./options.ts";
import { parseBindAddress, parseCount, parseDuration, parsePeer, parsePort, value, collectBy } from "./values.ts";

type Finish = (exitCode: ExitCode) => void;

export function addDht(program: Command, finish: Finish): void {
  const dht = program
    .command("dht")
    .summary("ask the DHT, or keep something in it")
    .description("Joins the DHT (BEP 5) for one request.");
  addPeers(dht, finish);
  addPut(dht, finish);
  addGet(dht, finish);
  addSample(dht, finish);
  addStats(dht, finish);
}

function addPeers(dht: Command, finish: Finish): void {
  const verb = dht
    .command("get-peers")
    .summary("find peers of a torrent")
    .description("Finds peers of a torrent, a line each.")
    .argument("<TORRENT>", "an info-hash (40 hex digits) or a magnet link")
    .option("--scrape", "also estimate how many seeds and others there are (BEP 33)")
    .option("--announce <PORT>", "announce a peer of it at this port of ours", value(parsePort))
    .option("--seed", "the peer that is announced has everything");
  addCommon(verb);
  verb.action(async (torrent: string, _options: unknown, command: Command) => {
    const { runDhtPeers } = await import("./verbs/dht.ts");
    finish(await runDhtPeers(torrent, command.optsWithGlobals<DhtPeersOptions>()));
  });
}

function addPut(dht: Command, finish: Finish): void {
  const verb = dht
    .command("put")
    .summary("keep a text in the DHT for two hours")
    .description("Keeps a text, 1000 bytes at most, under its hash or, with a key, under the key (BEP 44).")
    .argument("<TEXT>", "the text")
    .option("--key <FILE>", "a secret key: 64 hex digits; made when the file is not there")
    .option("--salt <TEXT>", "one of several items of the key")
    .option("--seq <N>", "its number (default: one more than there is)", value(parseCount))
    .option("--cas <N>", "only if this is the number that is there", value(parseCount));
  addCommon(verb);
  verb.action(async (text: string, _options: unknown, command: Command) => {
    const { runDhtPut } = await import("./verbs/dht.ts");
    finish(await runDhtPut(text, command.optsWithGlobals<DhtPutOptions>()));
  });
}

function addGet(dht: Command, finish: Finish): void {
  const verb = dht
    .command("get")
    .summary("get what is kept in the DHT")
    .description("Gets what is kept under a target (BEP 44).")
    .argument("<TARGET>", "what `put` printed: 40 hex digits; or a public key, 64 hex digits")
    .option("--salt <TEXT>", "of a key's item that was put with one");
  addCommon(verb);
  verb.action(async (target: string, _options: unknown, command: Command) => {
    const { runDhtGet } = await import("./verbs/dht.ts");
    finish(await runDhtGet(target, command.optsWithGlobals<DhtGetOptions>()));
  });
}

function addSample(dht: Command, finish: Finish): void {
  const verb = dht
    .command("sample")
    .summary("list info-hashes that nodes keep")
    .description("Lists info-hashes that the nodes near a target keep peers of (BEP 51).")
    .addArgument(new Argument("[TARGET]", "40 hex digits (default: anywhere)"));
  addCommon(verb);
  verb.action(async (target: string | undefined, _options: unknown, command: Command) => {
    const { runDhtSample } = await import("./verbs/dht.ts");
    finish(await runDhtSample(target, command.optsWithGlobals<DhtSampleOptions>()));
  });
}

function addStats(dht: Command, finish: Finish): void {
  const verb = dht
    .command("stats")
    .summary("join, and say what the DHT looks like")
    .description("Joins, and says how many nodes are known, what our address is, and whether strangers reach us.")
    .option("--wait <TIME>", "look around for so long", value(parseDuration), 10_000);
  addCommon(verb);
  verb.action(async (_options: unknown, command: Command) => {
    const { runDhtStats } = await import("./verbs/dht.ts");
    finish(await runDhtStats(command.optsWithGlobals<DhtStatsOptions>()));
  });
}

function addCommon(verb: Command): void {
  verb
    .optionsGroup("Network:")
    .option(
      "--bootstrap <HOST:PORT>",
      "start from this node instead of the public ones (repeatable)",
      collectBy(parsePeer),
      [],
    )
    .option("--bind <ADDRESS>", "use only this address of the machine", value(parseBindAddress))
    .option("--port <N>", "the UDP port; 0 = any", value(parsePort), 0)
    .option("--read-only", "ask, but do not answer (BEP 43)")
    .addOption(
      new Option("--timeout <TIME>", "give up after so long").argParser(value(parseDuration)).default(60_000, "1m"),
    )
    .optionsGroup("State:")
    .option("--state <DIR>", "where the node's id and table are kept (default: nowhere)")
    .optionsGroup("Output:")
    .option("--json", "as a JSON object");
}
