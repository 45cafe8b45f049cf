/** Where others can reach us, as far as we know. */
import { makeEndpoint } from "@torrential/core";
import type { Millis } from "../ports/machine.ts";
import type { ExternalAddresses } from "../session/external-address.ts";
import type { OwnEndpoints } from "./peer-list.ts";

/** `port` 0: we do not listen. */
export function ownEndpoints(addresses: ExternalAddresses, port: number, now: Millis): OwnEndpoints {
  return port === 0 ? [] : addresses.all(now).map(({ address }) => makeEndpoint(address, port));
}
