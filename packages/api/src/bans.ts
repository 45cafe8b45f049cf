/** Peers that are kept out: by the user of every torrent, by a torrent for the bad data that they sent. */
import { Type } from "typebox";
import { type SchemaOf, schemaOf, words } from "./schema.ts";

export interface Ban {
  /** An address, or address:port. */
  readonly key: string;
  readonly reason: string;
  readonly by: "user" | "blame";
  /** Of "blame": the torrent that keeps it out. */
  readonly infoHash?: string | undefined;
  /** Absent: for good. */
  readonly expiresAtMs?: number | undefined;
}

export interface NewBans {
  /** Addresses, or address:port. */
  readonly peers: readonly string[];
  readonly reason?: string;
  /** For so long; absent: for good. */
  readonly durationMs?: number;
}

export interface BanQuery {
  readonly key: string;
}

const ban = Type.Object({
  key: Type.String({ description: "An address, or address:port." }),
  reason: Type.String(),
  by: words(["user", "blame"], { description: "blame: it sent bad data, and one torrent keeps it out." }),
  infoHash: Type.Optional(Type.String()),
  expiresAtMs: Type.Optional(Type.Number({ description: "Milliseconds since 1970; absent: for good." })),
});

export const bansSchema: SchemaOf<readonly Ban[]> = schemaOf<readonly Ban[]>()(Type.Array(ban));

export const newBansSchema: SchemaOf<NewBans> = schemaOf<NewBans>()(
  Type.Object({
    peers: Type.Array(Type.String({ minLength: 2, maxLength: 64 }), { minItems: 1, maxItems: 10_000 }),
    reason: Type.Optional(Type.String({ maxLength: 200 })),
    durationMs: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 3.2e12 })),
  }),
);

export const banQuerySchema: SchemaOf<BanQuery> = schemaOf<BanQuery>()(
  Type.Object({ key: Type.String({ minLength: 2, maxLength: 64, description: "An address, or address:port." }) }),
);
