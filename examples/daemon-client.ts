/** Drives a daemon: `node examples/daemon-client.ts URL TOKEN FILE.torrent [HOST:PORT…]`. Adds, waits for it, removes. */
import { readFile } from "node:fs/promises";
import { ApiClient, applyToView, EMPTY_VIEW } from "@torrential/api";

const [url, token, file, ...peers] = process.argv.slice(2);
if (url === undefined || token === undefined || file === undefined) {
  throw new Error("usage: daemon-client.ts URL TOKEN FILE.torrent [HOST:PORT…]");
}
const client = new ApiClient({ url, token });

const base64 = (await readFile(file)).toString("base64");
const { results } = await client.call("addTorrents", {
  body: { sources: [{ type: "file", base64 }], options: { tags: ["example"] } },
  idempotencyKey: `example-${Date.now()}`,
});
const ref = results[0]?.torrent?.infoHash;
if (ref === undefined) throw new Error(results[0]?.problem?.detail ?? "nothing was added");
if (peers.length > 0) await client.call("addPeers", { params: { ref }, body: { endpoints: peers } });

// A viewport of one torrent: the daemon sends it whole, and then what changes.
const done = new AbortController();
let view = EMPTY_VIEW;
for await (const event of client.events({ topics: ["torrents"], viewport: { hash: [ref] }, signal: done.signal })) {
  view = applyToView(view, event);
  const torrent = view.rows.get(ref);
  if (torrent !== undefined) console.log(`${torrent.state}: ${torrent.verifiedBytes} of ${torrent.wantedBytes} bytes`);
  if (torrent?.isComplete === true) done.abort();
}

const response = await client.request("readFile", { params: { ref, index: 0 }, headers: { range: "bytes=0-15" } });
console.log(`its first bytes: ${Buffer.from(await response.arrayBuffer()).toString("hex")}`);
await client.call("removeTorrent", { params: { ref }, query: { deleteData: false } });
console.log("done");
