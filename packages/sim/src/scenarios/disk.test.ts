import { describe } from "vitest";
import { bitRot, diskFull, slowDisk } from "./disk.ts";
import { playAll } from "./play.ts";

describe("disks that are slow, full or rotten", () => {
  playAll([slowDisk, diskFull], [1, 2]);
  playAll([bitRot], [1, 2, 3]);
});
