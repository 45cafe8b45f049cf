/**
 * Gives an accepted socket the shared read buffer. `net.createServer` has no `onread`, so the handle of the accepted
 * socket moves to a new one that has it. `_handle` is internal to Node: this file is the only one to touch it, and
 * callers fall back on 'data' events when it returns undefined.
 */
import { Socket, type OnReadOpts, type SocketConstructorOpts } from "node:net";

type Handle = NonNullable<SocketConstructorOpts["handle"]>;
type Donor = Socket & { _handle: Handle | null };

/** A socket with `onread` on the connection of `accepted`, which is of no use afterwards; undefined when that can't be done. */
export function adoptAccepted(accepted: Socket, onread: OnReadOpts): Socket | undefined {
  if (!isDonor(accepted) || accepted._handle === null) return undefined;
  const handle = accepted._handle;
  accepted._handle = null;
  // Without its handle, destroying it touches no socket; it only tells the server that it counts one less.
  accepted.on("error", () => {});
  accepted.destroy();
  return new Socket({ handle, onread, allowHalfOpen: false });
}

/** Whether the socket has what `new Socket({ handle, onread })` makes use of. */
function isDonor(socket: Socket): socket is Donor {
  if (!("_handle" in socket)) return false;
  const { _handle: handle } = socket;
  return typeof handle === "object" && handle !== null && "useUserBuffer" in handle && "readStart" in handle;
}
