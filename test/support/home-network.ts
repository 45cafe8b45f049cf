/**
 * A home behind a gateway: three network namespaces, of which the middle one translates addresses (nftables) and runs
 * Debian's miniupnpd, which speaks UPnP IGD, NAT-PMP and PCP. It takes root.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { TestFolder } from "./folder.ts";
import { missingProgram, type Missing } from "./requirements.ts";
import { TestProcess } from "./process.ts";
import { waitFor } from "./wait-for.ts";

export const HOME_ADDRESS = "192.168.77.2";
export const GATEWAY_ADDRESS = "192.168.77.1";
/** miniupnpd maps nothing to an outside address that is reserved; in a namespace this one reaches nobody. */
export const OUTSIDE_ADDRESS = "11.22.33.1";

export interface GatewayOptions {
  /** Default: yes. */
  readonly natPmp?: boolean;
  readonly upnp?: boolean;
  /** Describes itself as an Internet Gateway Device of version 1; default: 2. */
  readonly igd1?: boolean;
}

/** What a HomeNetwork takes. */
export function missingGateway(): readonly Missing[] {
  const isRoot = process.getuid?.() === 0 ? undefined : "not root";
  return [isRoot, ...["miniupnpd", "nft", "nsenter", "ip"].map((program) => missingProgram(program, ["--version"]))];
}

const RULES = `table inet filter {
  chain miniupnpd { }
  chain prerouting_miniupnpd { }
  chain postrouting_miniupnpd { }
  chain forward { type filter hook forward priority 0; policy accept; }
  chain prerouting { type nat hook prerouting priority -100; policy accept; jump prerouting_miniupnpd; }
  chain postrouting { type nat hook postrouting priority 100; policy accept; jump postrouting_miniupnpd; oifname "wan0" masquerade; }
}`;

export class HomeNetwork implements AsyncDisposable {
  readonly #folder = new TestFolder("gateway");
  readonly #home = sleeper();
  readonly #router = sleeper();
  readonly #outside = sleeper();
  readonly #options: GatewayOptions;
  #daemon: TestProcess | undefined;

  private constructor(options: GatewayOptions) {
    this.#options = options;
  }

  static async start(options: GatewayOptions = {}): Promise<HomeNetwork> {
    const network = new HomeNetwork(options);
    await network.#setUp();
    await network.startGateway();
    return network;
  }

  /** Words in front of a command that runs it at home, or outside. */
  get atHome(): readonly string[] {
    return inside(this.#home);
  }

  get outside(): readonly string[] {
    return inside(this.#outside);
  }

  get gatewayLog(): string {
    return `${this.#daemon?.stdout}${this.#daemon?.stderr}`;
  }

  /** The rules that let somebody in, as nft(8) prints them. */
  mappedPorts(): string {
    return this.#run(this.#router, ["nft", "list", "chain", "inet", "filter", "prerouting_miniupnpd"]);
  }

  async startGateway(): Promise<void> {
    writeFileSync(this.#folder.at("miniupnpd.conf"), this.#config());
    const words = ["miniupnpd", "-d", "-f", this.#folder.at("miniupnpd.conf"), "-P", this.#folder.at("pid")];
    const [file = "", ...args] = [...inside(this.#router), ...words];
    this.#daemon = new TestProcess(file, args);
    await waitFor(() => this.gatewayLog.includes("HTTP listening"), { what: () => `no gateway: ${this.gatewayLog}` });
  }

  /** As a power cut would: all mappings are gone, and nobody is told. */
  async stopGateway(): Promise<void> {
    await this.#daemon?.kill();
    for (const chain of ["prerouting_miniupnpd", "miniupnpd"]) {
      this.#run(this.#router, ["nft", "flush", "chain", "inet", "filter", chain]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon?.kill();
    for (const each of [this.#home, this.#router, this.#outside]) await each.kill();
    this.#folder[Symbol.dispose]();
  }

  async #setUp(): Promise<void> {
    const all = [this.#home, this.#router, this.#outside];
    for (const each of all) await waitFor(() => each.stdout.includes("ready"), { what: `${each.name} has no network` });
    this.#ip(
      "link",
      "add",
      "lan0",
      "netns",
      pid(this.#router),
      "type",
      "veth",
      "peer",
      "eth0",
      "netns",
      pid(this.#home),
    );
    this.#ip(
      "link",
      "add",
      "wan0",
      "netns",
      pid(this.#router),
      "type",
      "veth",
      "peer",
      "eth0",
      "netns",
      pid(this.#outside),
    );
    this.#configure(this.#router, [
      `addr add ${GATEWAY_ADDRESS}/24 dev lan0`,
      "-6 addr add fd77::1/64 dev lan0 nodad",
      `addr add ${OUTSIDE_ADDRESS}/24 dev wan0`,
      "link set lo up",
      "link set lan0 up",
      "link set wan0 up",
    ]);
    this.#run(this.#router, ["sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
    this.#run(this.#router, ["nft", RULES]);
    this.#configure(this.#home, [
      `addr add ${HOME_ADDRESS}/24 dev eth0`,
      "-6 addr add fd77::2/64 dev eth0 nodad",
      "link set lo up",
      "link set eth0 up",
      `route add default via ${GATEWAY_ADDRESS}`,
      "-6 route add default via fd77::1",
    ]);
    this.#configure(this.#outside, ["addr add 11.22.33.9/24 dev eth0", "link set lo up", "link set eth0 up"]);
  }

  #config(): string {
    const { natPmp = true, upnp = true, igd1 = false } = this.#options;
    return `ext_ifname=wan0
listening_ip=lan0
enable_natpmp=${natPmp ? "yes" : "no"}
enable_upnp=${upnp ? "yes" : "no"}
force_igd_desc_v1=${igd1 ? "yes" : "no"}
secure_mode=yes
notify_interval=60
uuid=00000000-0000-0000-0000-000000000001
lease_file=${this.#folder.at("leases")}
upnp_table_name=filter
upnp_nat_table_name=filter
upnp_forward_chain=miniupnpd
upnp_nat_chain=prerouting_miniupnpd
upnp_nat_postrouting_chain=postrouting_miniupnpd
allow 1024-65535 192.168.77.0/24 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
`;
  }

  #configure(at: TestProcess, lines: readonly string[]): void {
    for (const line of lines) this.#run(at, ["ip", ...line.split(" ")]);
  }

  #run(at: TestProcess, words: readonly string[]): string {
    return runOrThrow([...inside(at), ...words]);
  }

  #ip(...args: readonly string[]): void {
    runOrThrow(["ip", ...args]);
  }
}

/** Holds a network namespace open. */
function sleeper(): TestProcess {
  return new TestProcess("unshare", ["--net", "sh", "-c", "echo ready; exec sleep infinity"]);
}

function pid(at: TestProcess): string {
  return String(at.pid);
}

function inside(at: TestProcess): readonly string[] {
  return ["nsenter", `--net=/proc/${at.pid}/ns/net`, "--"];
}

function runOrThrow([file = "", ...args]: readonly string[]): string {
  const done = spawnSync(file, args, { encoding: "utf8" });
  if (done.status === 0) return done.stdout;
  throw new Error(`${[file, ...args].join(" ")}: ${done.error?.message ?? ""}${done.stderr}${done.stdout}`);
}
