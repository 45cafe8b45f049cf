/**
 * Maps a port until its input ends: `node test/support/map-ports.ts MODE PORT`. Prints what is mapped as a line of JSON
 * whenever that changes, and who connects.
 */
import { createServer } from "node:net";
import { PortMappings } from "@torrential/node";

const [mode = "auto", port = "6881"] = process.argv.slice(2);
if (mode !== "auto" && mode !== "pcp" && mode !== "nat-pmp" && mode !== "upnp") throw new Error(`no mode ${mode}`);

const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
const server = createServer((socket) => {
  say({ incoming: socket.remoteAddress });
  socket.end();
});
server.listen(Number(port));
const mappings = new PortMappings({
  mode,
  bindAddress: undefined,
  onChange: () => say({ mappings: mappings.mappings }),
});
mappings.setWishes([
  { protocol: "tcp", port: Number(port) },
  { protocol: "udp", port: Number(port) },
]);
process.stdin.resume().on("end", () => {
  server.close();
  void mappings.close(5_000);
});
