/** Torrential on Node: disk threads, sockets, guarded HTTP, trackers and state files. */
export { DiskPool, type DiskPoolOptions } from "./disk/pool.ts";
