import { createServer } from "node:net";

/**
 * A TCP port of `address` that is free now: the system picks it and it is let go again. Only for programs that cannot
 * pick one themselves; whoever starts them tries again with another port when somebody was faster.
 */
export async function findFreePort(address: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: address, port: 0 }, resolve);
  });
  const bound = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (bound === null || typeof bound === "string") throw new Error(`No port was given at ${address}`);
  return bound.port;
}
