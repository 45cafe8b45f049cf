/** Where a socket listens that a supervisor opened for us: as Linux tells it, before anybody is let in. */
import { readFileSync, readlinkSync } from "node:fs";
import { endianness } from "node:os";

/** Its address; "unix" for one of this machine alone; undefined where the system does not say. */
export function hostOfFd(fd: number): string | undefined {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
    if (inode === undefined) return undefined;
    const [v4, v6, unix] = ["tcp", "tcp6", "unix"].map((table) => readFileSync(`/proc/self/net/${table}`, "utf8"));
    return findHost(v4 ?? "", inode) ?? findHost(v6 ?? "", inode) ?? (isUnix(unix ?? "", inode) ? "unix" : undefined);
  } catch {
    // No Linux, or no /proc: then it counts as open to everybody.
    return undefined;
  }
}

/** In the text of /proc/net/tcp or tcp6: addresses are words of 32 bits in the order of this machine. */
export function findHost(table: string, inode: string): string | undefined {
  for (const line of table.split("\n").slice(1)) {
    const fields = line.trim().split(/\s+/);
    if (fields[9] !== inode) continue;
    const [address = ""] = (fields[1] ?? "").split(":");
    const words = address.match(/.{8}/g) ?? [];
    const bytes = words.flatMap((word) => {
      const inOrder = word.match(/../g) ?? [];
      return (endianness() === "LE" ? inOrder.toReversed() : inOrder).map((byte) => Number.parseInt(byte, 16));
    });
    if (bytes.length === 4) return bytes.join(".");
    const groups = Array.from({ length: 8 }, (_, at) =>
      ((bytes[2 * at] ?? 0) * 256 + (bytes[2 * at + 1] ?? 0)).toString(16),
    );
    return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
  }
  return undefined;
}

function isUnix(table: string, inode: string): boolean {
  return table.split("\n").some((line) => line.trim().split(/\s+/)[6] === inode);
}
