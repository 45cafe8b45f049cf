/** `torrential dht …`: a DHT node for one request. */
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import {
  type BInput,
  formatEndpoint,
  fromHex,
  magnetInfoHash,
  parseInfoHash,
  parseMagnet,
  TorrentialError,
  toHex,
  utf8,
} from "@torrential/core";
import {
  createDht,
  dhtPublicKey,
  dhtTargetOfKey,
  type Dht,
  type DhtKey,
  type DhtReport,
  type DhtStats,
} from "@torrential/node";
import { valueToJson, valueToText } from "../dht-value.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type {
  DhtCommonOptions,
  DhtGetOptions,
  DhtPeersOptions,
  DhtPutOptions,
  DhtSampleOptions,
  DhtStatsOptions,
} from "../options.ts";
import { toJson, toLine } from "../text.ts";
import { UsageError } from "../values.ts";

export async function runDhtPeers(torrent: string, options: DhtPeersOptions): Promise<ExitCode> {
  const infoHash = /^magnet:/i.test(torrent) ? magnetInfoHash(parseMagnet(torrent)) : parseInfoHash(torrent);
  const { announce, scrape = false, seed = false } = options;
  return await withDht(options, async (dht, signal) => {
    const { peers, report } =
      announce === undefined
        ? await dht.getPeers(infoHash, { scrape, signal })
        : await dht.announce(infoHash, { port: announce, isSeed: seed, signal });
    needNetwork(report);
    const { swarm, writtenCount } = report;
    print(options, { infoHash, peers: peers.map(formatEndpoint), swarm, toldNodes: writtenCount, ...numbers(report) }, [
      ...peers.map(formatEndpoint),
      ...(swarm === undefined ? [] : [`about ${swarm.seeds} seeds and ${swarm.peers} others`]),
      ...(announce === undefined ? [] : [`told ${writtenCount} nodes`]),
    ]);
    return EXIT.done;
  });
}

export async function runDhtPut(text: string, options: DhtPutOptions): Promise<ExitCode> {
  const key = await readKey(options);
  const value: BInput = text;
  return await withDht(options, async (dht, signal) => {
    const { target, seq, report } = await dht.put(value, { signal, ...(key === undefined ? {} : { key }) });
    needNetwork(report);
    const { writtenCount, writeErrors } = report;
    const [refusal] = writeErrors;
    print(options, { target, seq, publicKey: key?.publicKey, nodes: writtenCount, refusal, ...numbers(report) }, [
      target,
      ...(key === undefined ? [] : [`public key ${key.publicKey}, number ${seq}`]),
      `${writtenCount} nodes keep it`,
    ]);
    if (writtenCount > 0) return EXIT.done;
    const why = refusal === undefined ? "nobody answered" : `${refusal.code} ${toLine(refusal.message)}`;
    throw new TorrentialError("dht-refused", `no node took it: ${why}`);
  });
}

export async function runDhtGet(name: string, options: DhtGetOptions): Promise<ExitCode> {
  const salt = utf8(options.salt ?? "");
  const target = /^[0-9a-f]{64}$/i.test(name) ? dhtTargetOfKey(fromHex(name), salt) : parseInfoHash(name);
  return await withDht(options, async (dht, signal) => {
    const { item, report } = await dht.get(target, { salt, signal });
    needNetwork(report);
    if (item === undefined) throw new TorrentialError("dht-not-found", `${target}: nobody has it`);
    const { value, publicKey, seq } = item;
    print(options, { target, value: valueToJson(value), publicKey, seq, ...numbers(report) }, [valueToText(value)]);
    return EXIT.done;
  });
}

export async function runDhtSample(target: string | undefined, options: DhtSampleOptions): Promise<ExitCode> {
  return await withDht(options, async (dht, signal) => {
    const near = target === undefined ? new Uint8Array(randomBytes(20)) : fromHex(parseInfoHash(target));
    const { infoHashes, report } = await dht.sample(near, { signal });
    needNetwork(report);
    print(options, { infoHashes, kept: report.infoHashCount, ...numbers(report) }, infoHashes);
    return EXIT.done;
  });
}

export async function runDhtStats(options: DhtStatsOptions): Promise<ExitCode> {
  return await withDht({ ...options, timeout: options.wait + options.timeout }, async (dht, signal) => {
    await wait(options.wait, undefined, { signal });
    const stats = dht.stats();
    print(options, stats, describeStats(stats));
    return EXIT.done;
  });
}

function describeStats({ families, port }: DhtStats): string[] {
  const lines = [`UDP port ${port}`];
  for (const each of families) {
    const { good, questionable, bad } = each.nodes;
    lines.push(
      `IPv${each.family}: ${good} nodes good, ${questionable} questionable, ${bad} bad; about ${each.networkSize} in the network`,
      `  id ${each.id}`,
      `  address ${each.externalAddress ?? "not known"} (${describeVotes(each.addressVotes)})`,
      `  ${each.reachable}: ${each.because}`,
    );
  }
  return lines;
}

function describeVotes(votes: readonly { readonly address: string; readonly count: number }[]): string {
  if (votes.length === 0) return "nobody has said";
  return votes
    .slice(0, 3)
    .map(({ address, count }) => `${count} say ${address}`)
    .join(", ");
}

async function withDht(
  options: DhtCommonOptions,
  run: (dht: Dht, signal: AbortSignal) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { bind, bootstrap, port, readOnly, state, timeout } = options;
  const dht = await createDht({
    port,
    readOnly,
    stateDir: state,
    ...(bind === undefined ? {} : { addresses: [bind] }),
    ...(bootstrap.length === 0 ? {} : { bootstrap }),
  });
  try {
    return await run(dht, AbortSignal.timeout(timeout));
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError")
      throw new TorrentialError("timeout", `no answer from the DHT within ${timeout / 1_000} s`, { cause: error });
    throw error;
  } finally {
    await dht.close();
  }
}

/** A file of 64 hex digits, made when there is none: nobody else may read it. */
async function readKey(options: DhtPutOptions): Promise<(DhtKey & { readonly publicKey: string }) | undefined> {
  const { key: path, salt, seq, cas } = options;
  if (path === undefined) {
    if (salt === undefined && seq === undefined && cas === undefined) return undefined;
    throw new UsageError("--salt, --seq and --cas are for items of a --key");
  }
  const text = await readFile(path, "latin1").catch(async () => {
    const fresh = randomBytes(32).toString("hex");
    await writeFile(path, `${fresh}\n`, { mode: 0o600, flag: "wx" });
    return fresh;
  });
  if (!/^[0-9a-f]{64}$/i.test(text.trim())) throw new UsageError(`${path}: got no key, wanted 64 hex digits`);
  const seed = fromHex(text.trim());
  return { seed, publicKey: toHex(dhtPublicKey(seed)), seq, cas, ...(salt === undefined ? {} : { salt: utf8(salt) }) };
}

function needNetwork({ answeredCount }: DhtReport): void {
  if (answeredCount > 0) return;
  throw new TorrentialError("dht-unreachable", "no node of the DHT answered");
}

function numbers({ askedCount, answeredCount, hops }: DhtReport): Record<string, number> {
  return { asked: askedCount, answered: answeredCount, hops };
}

function print(options: DhtCommonOptions, record: object, lines: readonly string[]): void {
  process.stdout.write(
    options.json === true ? `${toJson(record)}\n` : lines.map((line) => `${toLine(line)}\n`).join(""),
  );
}
