/**
 * Writes the first file of a torrent to standard output while it is being downloaded:
 * `node examples/stream-file.ts FILE.torrent FOLDER [HOST:PORT…] | mpv -`.
 */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Writable } from "node:stream";
import { parseEndpoint, parseMetainfo } from "@torrential/core";
import { createClient } from "@torrential/node";

const [file, folder, ...peers] = process.argv.slice(2);
if (file === undefined || folder === undefined)
  throw new Error("usage: stream-file.ts FILE.torrent FOLDER [HOST:PORT…]");

const client = await createClient({ stateDir: join(resolve(folder), ".torrential-state") });
const torrent = await client.add(parseMetainfo(await readFile(file)), {
  root: resolve(folder),
  peers: peers.map(parseEndpoint),
});

await torrent.until(({ status }) => status === "downloading" || status === "seeding");
await torrent.file(0).stream().pipeTo(Writable.toWeb(process.stdout));
await client.close();
