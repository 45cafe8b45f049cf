/** The tree of rate limits: everything → groups → torrents → peers, each with a strategy each way, and what it does now. */
import { Type } from "typebox";
import { type SchemaOf, schemaOf, words } from "./schema.ts";

export type SimpleLimit =
  | { readonly type: "unlimited" }
  | { readonly type: "fixed"; readonly bytesPerSec: number }
  /** Served before its siblings up to the guarantee; above it, it borrows what they leave, up to the ceiling if there is one. */
  | {
      readonly type: "guarantee-and-ceiling";
      readonly guaranteeBytesPerSec: number;
      readonly ceilingBytesPerSec?: number | undefined;
    };

export interface ScheduleLimit {
  readonly type: "schedule";
  readonly profiles: Readonly<Record<string, SimpleLimit>>;
  /** A profile's name for each slot of the week, from Monday 00:00 local time: 168 for hours, 7 for days, or any number. */
  readonly grid: readonly string[];
}

export type LimitStrategy = SimpleLimit | ScheduleLimit;

export type LimitNodeKind =
  | "global"
  | "tag"
  | "category"
  | "tracker"
  | "lan"
  | "wan"
  | "ipv4"
  | "ipv6"
  | "tcp"
  | "utp"
  | "torrent"
  | "peer";

export interface LimitSide {
  /** As it was set. */
  readonly strategy: LimitStrategy;
  /** In force now, bytes per second; absent: none. */
  readonly limitBytesPerSec?: number | undefined;
  readonly guaranteeBytesPerSec?: number | undefined;
  /** What passes now. */
  readonly rateBytesPerSec: number;
  /** Peers at or below it that wait for a ticket. */
  readonly waiting: number;
  /** Of those, who waits for this very node. */
  readonly blocked: number;
}

export interface LimitNode {
  /** "global", "tag:NAME", "category:NAME", "tracker:HOST", "lan", …, "torrent:INFOHASH", "peer:INFOHASH/ENDPOINT". */
  readonly id: string;
  readonly kind: LimitNodeKind;
  readonly name: string;
  /** Right above it: where it shares with its siblings first, then the groups whose limits bind it too. */
  readonly parents: readonly string[];
  /** Share among its siblings, where others have 1. */
  readonly weight: number;
  /** False while the config file or the command line fixes it. */
  readonly isEditable: boolean;
  readonly down: LimitSide;
  readonly up: LimitSide;
}

export interface LimitTree {
  /** Global first, then groups, torrents, peers. */
  readonly nodes: readonly LimitNode[];
  readonly options: { readonly limitLan: boolean; readonly countOverhead: boolean };
}

export interface LimitTreeQuery {
  readonly torrents?: "busy" | "all";
  /** A torrent whose peers are shown too. */
  readonly peersOf?: string;
}

export interface LimitNodeQuery {
  readonly id: string;
}

/** Absent stays as it is. */
export interface LimitChange {
  readonly down?: LimitStrategy;
  readonly up?: LimitStrategy;
  readonly weight?: number;
}

const rate = Type.Number({ minimum: 0, maximum: 1e12, description: "Bytes per second; 0: nothing passes." });

const simple = [
  Type.Object({ type: words(["unlimited"]) }),
  Type.Object({ type: words(["fixed"]), bytesPerSec: rate }),
  Type.Object({
    type: words(["guarantee-and-ceiling"]),
    guaranteeBytesPerSec: rate,
    ceilingBytesPerSec: Type.Optional(rate),
  }),
] as const;

const strategy = Type.Unsafe<LimitStrategy>(
  Type.Union([
    ...simple,
    Type.Object({
      type: words(["schedule"]),
      profiles: Type.Record(Type.String({ maxLength: 64 }), Type.Union([...simple])),
      grid: Type.Array(Type.String({ maxLength: 64 }), {
        minItems: 1,
        maxItems: 10_080,
        description: "A profile's name for each slot of the week, from Monday 00:00 local time.",
      }),
    }),
  ]),
);

const count = Type.Integer({ minimum: 0 });

const side = Type.Object({
  strategy,
  limitBytesPerSec: Type.Optional(Type.Number({ description: "In force now; absent: none." })),
  guaranteeBytesPerSec: Type.Optional(Type.Number()),
  rateBytesPerSec: Type.Number({ description: "What passes now, over 3 s." }),
  waiting: count,
  blocked: count,
});

const kinds = words([
  "global",
  "tag",
  "category",
  "tracker",
  "lan",
  "wan",
  "ipv4",
  "ipv6",
  "tcp",
  "utp",
  "torrent",
  "peer",
]);

const node = Type.Object({
  id: Type.String(),
  kind: kinds,
  name: Type.String(),
  parents: Type.Array(Type.String(), { description: "Where it shares first, then the groups that bind it too." }),
  weight: Type.Number({ description: "Share among its siblings, where others have 1." }),
  isEditable: Type.Boolean(),
  down: Type.Unsafe<LimitSide>(side),
  up: Type.Unsafe<LimitSide>(side),
});

export const limitNodeSchema: SchemaOf<LimitNode> = schemaOf<LimitNode>()(node);

export const limitTreeSchema: SchemaOf<LimitTree> = schemaOf<LimitTree>()(
  Type.Object({
    nodes: Type.Array(Type.Unsafe<LimitNode>(node)),
    options: Type.Object({ limitLan: Type.Boolean(), countOverhead: Type.Boolean() }),
  }),
);

export const limitTreeQuerySchema: SchemaOf<LimitTreeQuery> = schemaOf<LimitTreeQuery>()(
  Type.Object({
    torrents: Type.Optional(
      words(["busy", "all"], {
        description: "busy: those with a limit of their own, that move something, or that wait.",
        default: "busy",
      }),
    ),
    peersOf: Type.Optional(Type.String({ maxLength: 64, description: "A torrent whose peers are shown too." })),
  }),
);

export const limitNodeQuerySchema: SchemaOf<LimitNodeQuery> = schemaOf<LimitNodeQuery>()(
  Type.Object({ id: Type.String({ minLength: 1, maxLength: 400 }) }),
);

export const limitChangeSchema: SchemaOf<LimitChange> = schemaOf<LimitChange>()(
  Type.Object({
    down: Type.Optional(strategy),
    up: Type.Optional(strategy),
    weight: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000 })),
  }),
);
