/** Downloads a torrent and prints its progress: `node examples/download.ts FILE.torrent FOLDER [HOST:PORT…]`. */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseEndpoint, parseMetainfo } from "@torrential/core";
import { createClient } from "@torrential/node";

const [file, folder, ...peers] = process.argv.slice(2);
if (file === undefined || folder === undefined) throw new Error("usage: download.ts FILE.torrent FOLDER [HOST:PORT…]");

const client = await createClient({ stateDir: join(resolve(folder), ".torrential-state") });
const torrent = await client.add(parseMetainfo(await readFile(file)), {
  root: resolve(folder),
  peers: peers.map(parseEndpoint),
});

const progress = setInterval(() => {
  const { verifiedBytes, wantedBytes, downRate, peers: count } = torrent.status();
  console.log(`${verifiedBytes} of ${wantedBytes} bytes, ${Math.round(downRate)} B/s from ${count} peers`);
}, 1_000);

const state = await torrent.until(({ status }) => status === "seeding" || status === "error");
clearInterval(progress);
console.log(state.status === "error" ? state.message : `done: ${torrent.metainfo.name}`);
await client.close();
