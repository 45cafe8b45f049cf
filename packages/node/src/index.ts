/** Torrential on Node: disk threads, sockets, guarded HTTP, trackers and state files. */
export { DiskPool, type DiskPoolOptions } from "./disk/pool.ts";
export { TcpNetwork, type TcpEvents, type TcpNetworkOptions } from "./net/tcp.ts";
export type { ListenOptions } from "./net/listener.ts";
export { StateFiles, StateError, type Journals } from "./state/state-files.ts";
export { StateLock, type StateLockErrorCode } from "./state/lock.ts";
