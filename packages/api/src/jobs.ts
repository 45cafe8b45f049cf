/** Work that takes long: making a torrent. */
import { Type } from "typebox";
import { type SchemaOf, schemaOf, words } from "./schema.ts";

export interface CreateTorrentJob {
  /** Absolute, under a configured root. */
  readonly path: string;
  readonly trackers?: readonly (readonly string[])[];
  readonly webSeeds?: readonly string[];
  readonly isPrivate?: boolean;
  readonly comment?: string;
  readonly source?: string;
  readonly name?: string;
  readonly pieceLength?: number;
  /** Seed it when it is made. */
  readonly seed?: boolean;
}

export interface Job {
  readonly id: string;
  readonly type: "create-torrent";
  readonly status: "running" | "done" | "failed" | "cancelled";
  readonly path: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly createdAtMs: number;
  readonly finishedAtMs?: number | undefined;
  readonly infoHash?: string | undefined;
  readonly message?: string | undefined;
}

const url = Type.String({ minLength: 1, maxLength: 8192 });

export const createTorrentJobSchema: SchemaOf<CreateTorrentJob> = schemaOf<CreateTorrentJob>()(
  Type.Object({
    path: Type.String({ minLength: 1, maxLength: 4096, description: "Absolute, under a configured root." }),
    trackers: Type.Optional(Type.Array(Type.Array(url, { maxItems: 200 }), { maxItems: 200, description: "Tiers." })),
    webSeeds: Type.Optional(Type.Array(url, { maxItems: 200 })),
    isPrivate: Type.Optional(Type.Boolean()),
    comment: Type.Optional(Type.String({ maxLength: 10_000 })),
    source: Type.Optional(Type.String({ maxLength: 200 })),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 240 })),
    pieceLength: Type.Optional(Type.Integer({ minimum: 16_384, maximum: 134_217_728 })),
    seed: Type.Optional(Type.Boolean({ description: "Seed it when it is made." })),
  }),
);

export const jobSchema: SchemaOf<Job> = schemaOf<Job>()(
  Type.Object({
    id: Type.String(),
    type: Type.Literal("create-torrent"),
    status: words(["running", "done", "failed", "cancelled"]),
    path: Type.String(),
    doneBytes: Type.Number(),
    totalBytes: Type.Number(),
    createdAtMs: Type.Number(),
    finishedAtMs: Type.Optional(Type.Number()),
    infoHash: Type.Optional(Type.String()),
    message: Type.Optional(Type.String()),
  }),
);
