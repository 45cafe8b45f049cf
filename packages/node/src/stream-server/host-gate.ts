/** Against DNS rebinding (PROMISES C1): only requests that name the very address they came to are answered. */

/** Whether the Host header names one of `hosts`, each as "address:port"; `localhost` stands for a loopback address. */
export function isHostAllowed(header: string | undefined, hosts: readonly string[]): boolean {
  return header !== undefined && hosts.includes(header.toLowerCase());
}

/** The Host headers that mean this address and port. */
export function hostsOf(address: string, port: number): readonly string[] {
  const host = address.includes(":") ? `[${address}]` : address;
  const isLoopback = address === "::1" || address.startsWith("127.");
  return isLoopback ? [`${host}:${port}`, `localhost:${port}`] : [`${host}:${port}`];
}
