import { randomBytes } from "node:crypto";

/** Uniform in [0, 1) from the system's generator: for what outsiders must not guess. */
export function secureRandom(): number {
  return randomBytes(4).readUInt32LE() / 2 ** 32;
}
