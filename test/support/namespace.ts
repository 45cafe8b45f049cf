/**
 * Runs a command in a network of its own: `node test/support/namespace.ts COMMAND ARG…`.
 *
 * The command sees only `lo` with 198.18.0.0/16 (RFC 2544's benchmark range; Transmission refuses 127.x as a peer's
 * address) and a few of fd18::/64, with multicast (BEP 14), mounts of its own, and process ids of its own: when it ends, everything that it started is killed.
 * As root that takes unshare(1) and ip(8); another user needs a kernel that allows user namespaces. Where neither
 * works the command runs without, and the tests that need a network of their own say that they are skipped.
 */
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";

/** Every address in 198.18.0.0/16 is local in the namespace; this one is the tests' own. */
export const OWN_ADDRESS = "198.18.0.1";

/** fd18::1 to fd18::20, in decimal: IPv6 has no network that is local as a whole. */
export const IPV6_ADDRESSES = 20;

const MARKER = "TORRENTIAL_TEST_NAMESPACE";
const SETUP = [
  `ip link set lo up multicast on && ip addr add ${OWN_ADDRESS}/16 dev lo || exit 125`,
  "ip route add 224.0.0.0/4 dev lo",
  `for i in $(seq ${IPV6_ADDRESSES}); do ip addr add fd18::$i/64 dev lo nodad; done`,
  '"$@"; exit $?',
].join("\n");
const UNSHARE = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];

/** True when this process runs in a namespace made here. */
export function isInNamespace(): boolean {
  return process.env[MARKER] === "1";
}

/** True when a missing tool or right must fail a test instead of skipping it (as in CI). */
export function isEverythingRequired(): boolean {
  return process.env["TORRENTIAL_REQUIRE_ALL"] === "1";
}

/** The options for unshare(1) that work for this user, or undefined when none do. */
function findWayIn(): readonly string[] | undefined {
  const asRoot = process.getuid?.() === 0;
  const options = asRoot ? UNSHARE : ["--map-root-user", ...UNSHARE];
  const tried = spawnSync("unshare", [...options, "sh", "-c", SETUP, "sh", "true"], { encoding: "utf8" });
  return tried.status === 0 ? options : undefined;
}

/** Runs `command` to its end in a namespace (without one where none can be made), and returns its exit code. */
export function runInNamespace(command: readonly string[]): number {
  const options = isInNamespace() ? undefined : findWayIn();
  if (options === undefined && !isInNamespace()) {
    process.stderr.write(
      "No private network can be made here (it takes root, or user namespaces): some tests will be skipped.\n",
    );
  }
  const inside = options === undefined ? [...command] : ["unshare", ...options, "sh", "-c", SETUP, "sh", ...command];
  const seed = process.env["TORRENTIAL_TEST_SEED"] ?? String(randomInt(2 ** 31));
  const env = { ...process.env, TORRENTIAL_TEST_SEED: seed, ...(options === undefined ? {} : { [MARKER]: "1" }) };
  const [file = "false", ...args] = inside;
  const ended = spawnSync(file, args, { stdio: "inherit", env });
  if (ended.error !== undefined) throw ended.error;
  return ended.status ?? 1;
}

/** For a program (a bench) that cannot work without: re-runs it inside, once, and leaves with its exit code. */
export function enterNamespace(): void {
  if (isInNamespace()) return;
  if (findWayIn() === undefined) {
    process.stderr.write("This needs a private network: run it as root, or allow user namespaces.\n");
    process.exit(1);
  }
  process.exit(runInNamespace([process.execPath, ...process.execArgv, ...process.argv.slice(1)]));
}

if (import.meta.main) process.exit(runInNamespace(process.argv.slice(2)));
