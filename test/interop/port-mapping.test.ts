import { isDeepStrictEqual } from "node:util";
import type { PortMapping } from "@torrential/node";
import { expect, it } from "vitest";
import { TestFolder } from "../support/folder.ts";
import { makeFixture } from "../support/fixtures.ts";
import { HomeNetwork, missingGateway, OUTSIDE_ADDRESS } from "../support/home-network.ts";
import { TestProcess } from "../support/process.ts";
import { describeIf, missingNamespace } from "../support/requirements.ts";
import { TorrentialRun } from "../support/torrential.ts";
import { waitFor } from "../support/wait-for.ts";

const SCRIPT = `${import.meta.dirname}/../support/map-ports.ts`;
const DNAT = (port: number): string => `dnat ip to 192.168.77.2:${port}`;

describeIf([missingNamespace(), ...missingGateway()], "a gateway of miniupnpd's", () => {
  it.each(["pcp", "nat-pmp", "upnp"])("lets peers in by %s, and nobody once we have left", async (mode) => {
    await using network = await HomeNetwork.start();
    await using mapper = mapPorts(network, mode);
    // Not two lines that have it: a line repeats all mappings, and IPv6's are told in between.
    const mapped = [
      ["tcp", 6881, OUTSIDE_ADDRESS, mode],
      ["udp", 6881, OUTSIDE_ADDRESS, mode],
    ];
    await waitFor(() => isDeepStrictEqual(ipv4Mappings(mapper), mapped), {
      what: () => `${mapper.stdout}${network.gatewayLog}`,
    });
    expect(network.mappedPorts().split(DNAT(6881))).toHaveLength(3);
    await knock(network, 6881);
    await waitFor(() => mapper.stdout.includes('{"incoming":"'), { what: () => `nobody came in: ${mapper.stdout}` });
    mapper.closeStdin();
    await mapper.waitForExit(30_000);
    expect(network.mappedPorts()).not.toContain("dnat");
  });

  it("is asked by UPnP when it knows nothing else", async () => {
    await using network = await HomeNetwork.start({ natPmp: false });
    await using mapper = mapPorts(network, "auto");
    await waitFor(() => mapper.stdout.includes('"method":"upnp"'), { what: () => mapper.stdout });
    expect(network.mappedPorts()).toContain(DNAT(6881));
  });

  it("is spoken to as the IGD 1 that it says it is", async () => {
    await using network = await HomeNetwork.start({ natPmp: false, igd1: true });
    await using mapper = mapPorts(network, "upnp");
    const mapped = [
      ["tcp", 6881, OUTSIDE_ADDRESS, "upnp"],
      ["udp", 6881, OUTSIDE_ADDRESS, "upnp"],
    ];
    await waitFor(() => isDeepStrictEqual(ipv4Mappings(mapper), mapped), {
      what: () => `${mapper.stdout}${network.gatewayLog}`,
    });
    expect(network.mappedPorts().split(DNAT(6881))).toHaveLength(3);
    expect(network.gatewayLog, "IGD 2 alone has AddAnyPortMapping").not.toContain("AddAnyPortMapping");
    mapper.closeStdin();
    await mapper.waitForExit(30_000);
    expect(network.mappedPorts()).not.toContain("dnat");
  });

  it.each(["pcp", "upnp"])("is asked again by %s when it has restarted", async (mode) => {
    await using network = await HomeNetwork.start({ natPmp: mode === "pcp" });
    await using mapper = mapPorts(network, mode);
    const isMapped = (): boolean => network.mappedPorts().split(DNAT(6881)).length === 3;
    await waitFor(isMapped, { what: () => mapper.stdout });
    await network.stopGateway();
    expect(network.mappedPorts()).not.toContain("dnat");
    await network.startGateway();
    await waitFor(isMapped, { what: () => `${network.mappedPorts()}${mapper.stdout}${network.gatewayLog}` });
  });

  it("lets a seed at home serve somebody outside, and is told when it leaves", async () => {
    await using network = await HomeNetwork.start();
    using folder = new TestFolder("port-mapping");
    const fixture = makeFixture(folder.path, { name: "home.bin", pieceLength: 65_536, files: 1_000_000 });
    const place = (name: string): string[] => ["--state", folder.folder(`${name}-state`), "--no-trackers"];
    const seedArgs = ["seed", fixture.torrentFile, "-o", fixture.dataDir, ...place("seed")];
    await using seed = new TorrentialRun(seedArgs, { inside: network.atHome });
    const lineOf = (): string | undefined => seed.events.find(({ line }) => /"externalPort":\d/.test(line))?.line;
    const line = await waitFor(lineOf, { what: () => `${seed.describe()} ${network.gatewayLog}` });
    const port = Number(/"externalPort":(\d+)/.exec(line)?.[1]);
    const peer = ["--peer", `${OUTSIDE_ADDRESS}:${port}`, "--no-port-mapping"];
    const leechArgs = ["download", fixture.torrentFile, "-o", folder.folder("got"), ...peer, ...place("leech")];
    await using leech = new TorrentialRun(leechArgs, { inside: network.outside });
    await leech.expectExit(0);
    await seed.stop();
    expect(network.mappedPorts()).not.toContain("dnat");
  });

  it("is left alone with --no-port-mapping", async () => {
    await using network = await HomeNetwork.start();
    using folder = new TestFolder("port-mapping");
    const fixture = makeFixture(folder.path, { name: "home.bin", pieceLength: 65_536, files: 100_000 });
    const args = ["seed", fixture.torrentFile, "-o", fixture.dataDir, "--state", folder.folder("state")];
    await using seed = new TorrentialRun([...args, "--no-trackers", "--no-port-mapping"], { inside: network.atHome });
    await seed.waitForStatus(({ state }) => state === "seeding", "seeding");
    await seed.stop();
    expect(network.gatewayLog).not.toMatch(/PCP request|NAT-PMP request|M-SEARCH from 192/);
    expect(network.mappedPorts()).not.toContain("dnat");
  });
});

function mapPorts(network: HomeNetwork, mode: string): TestProcess {
  const node = [process.execPath, "--conditions=torrential-source"];
  return start([...network.atHome, ...node, SCRIPT, mode, "6881"]);
}

/** Protocol, port, address and method of each IPv4 mapping there is, as it was last told. */
function ipv4Mappings(mapper: TestProcess): readonly unknown[] {
  const lines = mapper.stdout.split("\n").filter((line) => line.startsWith('{"mappings":') && line.endsWith("}"));
  const last: { mappings: readonly PortMapping[] } = JSON.parse(lines.at(-1) ?? '{"mappings":[]}');
  return last.mappings
    .filter(({ externalAddress }) => externalAddress !== undefined && !externalAddress.includes(":"))
    .map(({ protocol, externalPort, externalAddress, method }) => [protocol, externalPort, externalAddress, method]);
}

/** Connects from outside. */
async function knock(network: HomeNetwork, port: number): Promise<void> {
  const code = `require("node:net").connect(${port}, "${OUTSIDE_ADDRESS}").on("close", () => {})`;
  await using child = start([...network.outside, process.execPath, "-e", code]);
  await child.waitForExit(30_000);
}

function start([file = "", ...args]: readonly string[]): TestProcess {
  return new TestProcess(file, args);
}
