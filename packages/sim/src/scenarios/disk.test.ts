import { describe, it } from "vitest";
import { bitRot, diskFull, slowDisk } from "./disk.ts";
import { playsOf } from "./play.ts";

describe("disks that are slow, full or rotten", () => {
  it.each(playsOf([slowDisk, diskFull], [1, 2]))("$label", ({ run }) => run());
  it.each(playsOf([bitRot], [1, 2, 3]))("$label", ({ run }) => run());
});
